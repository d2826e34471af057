/** Options of the log. */
export const LOG_OPTIONS = {
  "log-level-console": {
    section: "global",
    type: "string-id",
    commands: "all",
    roles: "all",
    default: "warn",
    allow: ["off", "error", "warn", "info", "detail", "debug", "trace"],
  },
  "log-level-file": {
    section: "global",
    type: "string-id",
    commands: "all",
    roles: "all",
    default: "info",
    allow: ["off", "error", "warn", "info", "detail", "debug", "trace"],
  },
  "log-level-stderr": {
    section: "global",
    type: "string-id",
    commands: "all",
    roles: "all",
    default: "off",
    allow: ["off", "error", "warn", "info", "detail", "debug", "trace"],
  },
  "log-path": { section: "global", type: "path", commands: "all", roles: "all", default: "/var/log/pgbackrest" },
  "log-subprocess": { section: "global", type: "boolean", commands: "repository", roles: "all", default: "n" },
  "log-timestamp": { section: "global", type: "boolean", commands: "all", roles: "all", default: "y" },
} as const;
