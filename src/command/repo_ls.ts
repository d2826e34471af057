import type { Invocation } from "../cli/invocation.ts";
import { encodeRaw } from "../repository/raw_text.ts";
import { entryJson, listEntries, type ListRequest } from "./repo/listing.ts";
import { posixPattern } from "./repo/pattern.ts";
import { chosenRepository, repositoryPath } from "./repo/place.ts";
import { untilClosed, writeStdout } from "./work/stdout.ts";

/** Output is collected up to this many characters. */
const PIECE = 64 * 1024;

/** Lists a folder of the repository, or a file. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, options } = invocation.configuration;
  const { storage } = chosenRepository(invocation);
  const path = repositoryPath(args[0] ?? "", storage.root);
  const filter = options.get("filter");
  const request: ListRequest = {
    order: options.need("sort"),
    recurse: options.get("recurse") ?? false,
    ...(filter === undefined ? {} : { filter: posixPattern(filter) }),
  };
  const lines = options.get("output") === "json"
    ? jsonLines(listEntries(storage, path, request))
    : textLines(listEntries(storage, path, request));
  await untilClosed(() => writePieces(lines));
  return 0;
}

async function* textLines(entries: ReturnType<typeof listEntries>): AsyncGenerator<string> {
  for await (const { name, kind } of entries) if (name !== "." || kind === "file") yield `${name}\n`;
}

async function* jsonLines(entries: ReturnType<typeof listEntries>): AsyncGenerator<string> {
  let before = "{";
  for await (const entry of entries) {
    yield before + entryJson(entry);
    before = ",";
  }
  yield before === "{" ? "{}\n" : "}\n";
}

async function writePieces(lines: AsyncGenerator<string>): Promise<void> {
  let piece = "";
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE) continue;
    writeStdout(encodeRaw(piece));
    piece = "";
  }
  writeStdout(encodeRaw(piece));
}
