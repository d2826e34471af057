/** Options of expire. */
export const EXPIRE_OPTIONS = {
  "archive-expire-before": { section: "command-line", type: "string", commands: ["expire"] },
  "dry-run": { section: "command-line", type: "boolean", commands: ["expire"], default: "n" },
  oldest: { section: "command-line", type: "boolean", commands: ["expire"], default: "n", dependsOn: "stanza" },
} as const;
