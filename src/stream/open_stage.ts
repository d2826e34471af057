import { fail } from "../error.ts";
import type { Chunk } from "./chunk.ts";
import type { CompressType, Stage, StageServices, StageSpec } from "./stage.ts";

/**
 * The stages of a pipeline, ready for the first chunk; the caller closes them. What a spec does not change is left out
 * (compression `none`). Modules are loaded when the first spec asks for them, so that a command pays for what it uses.
 */
export async function openStages(specs: readonly StageSpec[], services: StageServices): Promise<Stage[]> {
  const stages: Stage[] = [];
  try {
    for (const spec of specs) {
      const stage = await openStage(spec, services);
      if (stage !== undefined) stages.push(stage);
    }
  } catch (error) {
    for (const stage of stages) stage.close?.();
    throw error;
  }
  return stages;
}

async function openStage(spec: StageSpec, services: StageServices): Promise<Stage | undefined> {
  switch (spec.stage) {
    case "sha1":
      return await (await import("./sha1.ts")).sha1Stage();
    case "count":
      return (await import("./count.ts")).countStage();
    case "limit":
      return (await import("./limit.ts")).limitStage(spec.bytes);
    case "pageChecksum":
      return (await import("./page_checksum.ts")).pageChecksumStage(spec, services.reread);
    case "compress":
      return await openCompress(spec.type, { level: spec.level, raw: spec.raw ?? false });
    case "decompress":
      return await openDecompress(spec.type, spec.raw ?? false);
    case "blocks": {
      const key = new TextEncoder().encode(spec.passphrase);
      const open = (specs: readonly StageSpec[]) => openStages(specs, { key: () => key });
      return (await import("./blocks/stage.ts")).blocksStage(spec, open);
    }
    case "encrypt":
      return (await import("./encrypt.ts")).encryptStage(await passphrase(spec, services), { raw: spec.raw ?? false });
    case "decrypt":
      return (await import("./decrypt.ts")).decryptStage(await passphrase(spec, services), { raw: spec.raw ?? false });
  }
}

async function openCompress(type: CompressType, form: { level: number; raw: boolean }): Promise<Stage | undefined> {
  switch (type) {
    case "none":
      return undefined;
    case "gz":
      return await (await import("./gzip.ts")).gzipStage(form);
    case "zst":
      return await (await import("./zstd.ts")).zstdStage(form.level);
    case "lz4":
      return (await import("./lz4_compress.ts")).lz4Stage(form);
    case "bz2":
      return (await import("./bzip2_compress.ts")).bzip2Stage(form.level);
  }
}

async function openDecompress(type: CompressType, raw: boolean): Promise<Stage | undefined> {
  switch (type) {
    case "none":
      return undefined;
    case "gz":
      return await (await import("./gzip.ts")).gunzipStage({ raw });
    case "zst":
      return await (await import("./zstd.ts")).unzstdStage();
    case "lz4":
      return (await import("./lz4_decompress.ts")).unlz4Stage();
    case "bz2":
      return (await import("./bzip2_decompress.ts")).unbzip2Stage();
  }
}

async function passphrase(
  spec: Extract<StageSpec, { stage: "encrypt" | "decrypt" }>,
  services: StageServices,
): Promise<Chunk> {
  if (services.key !== undefined) return await services.key(spec.key);
  fail("assert", `no passphrase of level '${spec.key.level}' where stage '${spec.stage}' runs`);
}
