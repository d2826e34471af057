/** Hashing and compression, which nearly every job on files needs; for the modules of such jobs. */
export async function warmUp(): Promise<void> {
  await Promise.all([import("node:crypto"), import("node:zlib")]);
}
