import { fail } from "../../error.ts";

/** How often the wait for the next second is tried. */
const TRIES = 3;

/**
 * Lets the second pass in which the files were listed, by the clock of the database host, and returns the first second in
 * which copying may begin (epoch seconds). Modification times have a resolution of a second: a file changed after it was
 * listed, but in the same second, would otherwise look unchanged to the next backup. Error 100 when the clock stands.
 */
export async function passListingSecond(clock: () => Promise<number>): Promise<number> {
  const listed = await clock();
  const next = Math.floor(listed / 1000) + 1;
  let now = listed;
  for (let i = 0; i < TRIES && now < next * 1000; i++) {
    await new Promise((resolve) => setTimeout(resolve, next * 1000 - now + 1));
    now = await clock();
  }
  if (now < next * 1000) {
    fail("kernel", `the clock of the database host does not go on: ${now} after waiting for ${next * 1000}`);
  }
  return next;
}
