/** True in scripts/soak: tests that repeat the same with other ways of storing then run with all of them. */
const ALL_FORMS = Deno.env.get("STORAGE_FORMS") === "all";

/** The cases of a test: those that tell most, and in its long form also the others. */
export function casesOf<T>(usual: readonly T[], others: readonly T[]): readonly T[] {
  return ALL_FORMS ? [...usual, ...others] : usual;
}
