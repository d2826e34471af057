/** Options of verify that pgBackRest does not have. */
export const VERIFY_OPTIONS = {
  "verify-content": { section: "global", type: "boolean", commands: ["verify"], default: "n", ours: true },
  "verify-exit": {
    section: "global",
    type: "string-id",
    commands: ["verify"],
    default: "strict",
    allow: ["strict", "peer"],
    ours: true,
  },
  "verify-json": { section: "command-line", type: "boolean", commands: ["verify"], default: "n", ours: true },
  "verify-pages": { section: "global", type: "boolean", commands: ["verify"], default: "n", ours: true },
} as const;
