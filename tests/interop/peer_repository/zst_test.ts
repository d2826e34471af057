import { testContinued } from "./continued.ts";

testContinued("zst", []);
