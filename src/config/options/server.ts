/** Options of the TLS server. */
export const SERVER_OPTIONS = {
  "tls-server-address": {
    section: "global",
    type: "string",
    commands: ["server", "server-ping"],
    default: "localhost",
  },
  "tls-server-auth": { section: "global", type: "hash", commands: ["server"], required: true },
  "tls-server-ca-file": { section: "global", type: "path", commands: ["server"], required: true },
  "tls-server-cert-file": { section: "global", type: "path", commands: ["server"], required: true },
  "tls-server-key-file": { section: "global", type: "path", commands: ["server"], required: true },
  "tls-server-port": {
    section: "global",
    type: "integer",
    commands: ["server", "server-ping"],
    default: "8432",
    range: ["1", "65535"],
  },
} as const;
