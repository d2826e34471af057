import { testContinued } from "./continued.ts";

testContinued("none", ["--repo1-hardlink"]);
