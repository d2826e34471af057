import { testContinued } from "./continued.ts";

testContinued("zst", ["--repo1-hardlink"]);
