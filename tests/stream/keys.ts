import type { KeyRef, StageServices } from "../../src/stream/stage.ts";
import { text } from "./samples.ts";

export const KEY: KeyRef = { level: "set", label: "20240101-120000F" };

/** Services of a host that owns the passphrase `topsecret`. */
export const services: StageServices = { key: () => text("topsecret") };
