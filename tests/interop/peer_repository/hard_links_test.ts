import { casesOf } from "../../rig/long_form.ts";
import { testContinued } from "./continued.ts";

for (const type of casesOf(["zst"], ["none"])) testContinued(type, ["--repo1-hardlink"]);
