import { testCodec } from "./decoder_table.ts";
import { testVectors } from "./vectors.ts";

testCodec({ type: "bz2", raw: false, levels: [9, 1, 5] });
testVectors("bz2");
