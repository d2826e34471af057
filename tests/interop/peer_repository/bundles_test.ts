import { testContinued } from "./continued.ts";

testContinued("gz", ["--repo1-bundle", "--repo1-bundle-limit=16KiB", "--repo1-bundle-size=1MiB"]);
