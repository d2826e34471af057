/** Instances kept for the next use; a pipeline rarely has more than one of a kind. */
const KEPT = 2;

/**
 * Instances of a WebAssembly module of our own, compiled when the first one is wanted. They are used again, because each
 * has memory that is only given back when the collector gets to it, and a backup needs one per file.
 */
export class WasmPool<Exports> {
  readonly #base64: string;
  #module: WebAssembly.Module | undefined;
  readonly #free: Exports[] = [];

  constructor(base64: string) {
    this.#base64 = base64;
  }

  /** An instance in whatever state its last user left it; `give` it back in the end. */
  take(): Exports {
    this.#module ??= new WebAssembly.Module(Uint8Array.fromBase64(this.#base64));
    return this.#free.pop() ?? new WebAssembly.Instance(this.#module).exports as Exports;
  }

  give(exports: Exports): void {
    if (this.#free.length < KEPT) this.#free.push(exports);
  }
}
