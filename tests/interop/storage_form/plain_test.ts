import { testForm } from "./matrix.ts";

for (const type of ["none", "gz", "lz4", "zst", "bz2"] as const) {
  for (const bundle of [false, true]) testForm({ type, encrypted: false, bundle });
}
