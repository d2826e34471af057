import { testForms } from "./matrix.ts";

testForms({ encrypted: true });
