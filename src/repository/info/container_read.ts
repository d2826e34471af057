import { BackRestError, fail } from "../../error.ts";
import { emptyObject, type JsonObject, type JsonValue, parseJson } from "../json.ts";
import { decodeRaw, printable } from "../raw_text.ts";
import { ChecksumText } from "./checksum_text.ts";
import type { TextHash } from "./text_hash.ts";

/** Number of the repository format; it stands in every info file and manifest. */
export const REPOSITORY_FORMAT = 5;

/** An info file or the small sections of a manifest, with its checksum proven. */
export interface InfoDocument {
  /** `backrest-version`: who saved the file last. */
  writer: string;
  /** Values by key and section; of a key that occurs twice the last one counts. */
  sections: Map<string, JsonObject>;
}

/** Takes the lines of one section itself instead of leaving them in the document. */
export interface SectionReader {
  section: string;
  /** Reads a line and returns where in it the `=` stands that ends the key. May throw; the line is not kept. */
  read(line: Uint8Array): number;
}

/** What a parser needs beside the bytes. */
export interface InfoReadOptions {
  /** Name of the file, for messages. */
  file: string;
  hash: TextHash;
  reader?: SectionReader;
}

/** Bytes of a file in pieces of any size. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

const LINE_MAX = 64 * 1024 * 1024;
const LF = 0x0a;
const EQUALS = 0x3d;
const CONTAINER = "backrest";

/** Reads a whole info file. Error 29 where it is malformed or of another format, 26 where its checksum is wrong. */
export async function readInfo(pieces: Pieces, options: InfoReadOptions): Promise<InfoDocument> {
  const parser = new InfoParser(options);
  for await (const piece of pieces) parser.push(piece);
  return await parser.finish();
}

/** Where in a line the key ends: at the first `=` with nothing but JSON behind it, so that names may hold `=`. */
export function splitEntry(line: Uint8Array): { equals: number; value: JsonValue } {
  for (let equals = line.indexOf(EQUALS); equals >= 0; equals = line.indexOf(EQUALS, equals + 1)) {
    try {
      return { equals, value: parseJson(line.subarray(equals + 1)) };
    } catch (error) {
      if (!(error instanceof BackRestError)) throw error;
    }
  }
  fail("format", `missing '=' in key/value '${excerpt(line)}'`);
}

/**
 * The container of info files and manifests, read in pieces: sections of `key=JSON`, the checksum computed on the way,
 * because it is defined over the lines in file order. Format: sections 2.1 and 2.3 of the repository notes.
 */
export class InfoParser {
  readonly #options: InfoReadOptions;
  readonly #text: ChecksumText;
  readonly #sections = new Map<string, JsonObject>();
  #carry: Uint8Array[] = [];
  #carried = 0;
  #lineNumber = 0;
  #section: { name: string; bytes: Uint8Array; values: JsonObject; reader: SectionReader | undefined } | undefined;
  #checksum: JsonValue | undefined;

  constructor(options: InfoReadOptions) {
    this.#options = options;
    this.#text = new ChecksumText(options.hash);
  }

  /** What has been read so far of the sections no reader takes. */
  get sections(): ReadonlyMap<string, JsonObject> {
    return this.#sections;
  }

  /** Reads the lines a piece completes. */
  push(piece: Uint8Array): void {
    let from = 0;
    for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, from)) {
      this.#readLine(this.#completed(piece.subarray(from, end)));
      from = end + 1;
    }
    if (from < piece.length) this.#keep(piece.slice(from));
  }

  /** Ends the file and proves its checksum. */
  async finish(): Promise<InfoDocument> {
    if (this.#carried > 0) this.#readLine(this.#completed(new Uint8Array(0)));
    const { file } = this.#options;
    const found = await this.#text.digest();
    if (this.#checksum === undefined) fail("checksum", `invalid checksum in '${file}': none found`, { file });
    if (this.#checksum !== found) {
      fail("checksum", `invalid checksum in '${file}': found ${found}, expected ${String(this.#checksum)}`, { file });
    }
    const header = this.#sections.get(CONTAINER);
    if (header?.["backrest-format"] === undefined) fail("format", `'${file}' has no backrest-format`, { file });
    const writer = header["backrest-version"];
    if (typeof writer !== "string") fail("format", `'${file}' has no backrest-version`, { file });
    const sections = new Map(this.#sections);
    sections.delete(CONTAINER);
    return { writer, sections };
  }

  #keep(rest: Uint8Array): void {
    this.#carry.push(rest);
    this.#carried += rest.length;
    if (this.#carried > LINE_MAX) this.#fail(`line is longer than ${LINE_MAX} bytes`);
  }

  #completed(tail: Uint8Array): Uint8Array {
    if (this.#carried === 0) return tail;
    const line = new Uint8Array(this.#carried + tail.length);
    let at = 0;
    for (const piece of this.#carry) {
      line.set(piece, at);
      at += piece.length;
    }
    line.set(tail, at);
    this.#carry = [];
    this.#carried = 0;
    return line;
  }

  #readLine(line: Uint8Array): void {
    this.#lineNumber++;
    if (line.length === 0) return;
    try {
      if (line[0] === 0x5b && line[line.length - 1] === 0x5d) this.#enter(line.slice(1, -1));
      else this.#readEntry(line);
    } catch (error) {
      if (error instanceof BackRestError) this.#fail(error.message);
      throw error;
    }
  }

  #enter(bytes: Uint8Array): void {
    if (bytes.length === 0) fail("format", "section has no name");
    const name = decodeRaw(bytes);
    const values = this.#sections.get(name) ?? emptyObject();
    this.#sections.set(name, values);
    const { reader } = this.#options;
    this.#section = { name, bytes, values, reader: reader?.section === name ? reader : undefined };
  }

  #readEntry(line: Uint8Array): void {
    const section = this.#section;
    if (section === undefined) fail("format", `key/value '${excerpt(line)}' stands before any section`);
    let equals: number;
    if (section.reader !== undefined) {
      equals = section.reader.read(line);
    } else {
      const entry = splitEntry(line);
      equals = entry.equals;
      if (this.#isContainerEntry(section.name, decodeRaw(line.subarray(0, equals)), entry.value)) return;
      section.values[decodeRaw(line.subarray(0, equals))] = entry.value;
    }
    if (equals === 0) fail("format", `key is empty in '${excerpt(line)}'`);
    this.#text.add(section.bytes, { key: line.subarray(0, equals), value: line.subarray(equals + 1) });
  }

  /** Checks the format number; true for the checksum itself, which is not part of what it sums up. */
  #isContainerEntry(section: string, key: string, value: JsonValue): boolean {
    if (section !== CONTAINER) return false;
    if (key === "backrest-format" && value !== REPOSITORY_FORMAT) {
      fail("format", `repository format is ${String(value)}, expected ${REPOSITORY_FORMAT}`);
    }
    if (key !== "backrest-checksum") return false;
    this.#checksum = value;
    return true;
  }

  #fail(detail: string): never {
    const { file } = this.#options;
    fail("format", `unable to read '${file}' at line ${this.#lineNumber}: ${detail}`, { file });
  }
}

function excerpt(line: Uint8Array): string {
  const shown = printable(decodeRaw(line.subarray(0, 80)));
  return line.length > 80 ? `${shown}...` : shown;
}
