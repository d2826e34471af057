import { unpacked } from "./pieces.ts";

/** Repositories of which tests/data/golden has the metadata. */
export const GOLDEN = ["zst-block", "lz4-bundle", "gz-block-aes"] as const;

const FOLDER = new URL("../data/golden/", import.meta.url);

/** A file of a golden repository; manifests are unpacked. */
export async function golden(repository: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await Deno.readFile(new URL(`${repository}/${name}`, FOLDER));
  return name.endsWith(".gz") ? await unpacked(bytes) : bytes;
}

/** The manifest of a golden backup. */
export function goldenManifest(repository: string, label: string): Promise<Uint8Array<ArrayBuffer>> {
  return golden(repository, `${label}.manifest.gz`);
}

/** Labels of a golden repository, ascending. */
export function goldenLabels(repository: string): string[] {
  const names = [...Deno.readDirSync(new URL(repository, FOLDER))].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".manifest.gz")).map((name) => name.slice(0, -".manifest.gz".length))
    .sort();
}
