import { testForms } from "./matrix.ts";

testForms({ encrypted: false });
