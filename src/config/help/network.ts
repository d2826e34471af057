import type { OptionTexts } from "./text.ts";

/** Texts of the options of connections. */
export const NETWORK_TEXTS: OptionTexts = {
  "cmd-ssh": {
    summary: "SSH client.",
    text:
      "Name or path of the program that connects to other hosts. Set it when ssh is not in the PATH of the user, or to " +
      "use a client of another name.",
  },
  "io-timeout": {
    summary: "Longest time a connection may take to open or to make progress.",
    text:
      "After this time without a byte the connection counts as broken and what was done on it is tried again or fails.",
  },
  "protocol-timeout": {
    summary: "Longest silence of another process of the run.",
    text:
      "A process that works on something that takes long sends signs of life. One that is silent for longer than this " +
      "counts as lost and the command fails. It must be longer than db-timeout.",
  },
  "remote-allow": {
    summary: "What another host may do here.",
    text:
      "Set on the host that serves. all: everything its commands do. push: archive-push only, which adds to the archive " +
      "and can neither replace nor remove anything. read: what reads a repository, like archive-get, restore, info and " +
      "verify. cluster: reading the data folder for a backup, and the questions a backup asks the server. May be given " +
      "more than once. A host that logs in with a shell of its own is bound by it only as long as it wants to be; with " +
      "the command remote as forced command of its ssh key it has no other way.",
  },
  "sck-block": {
    summary: "Use blocking sockets.",
    text: "Only of use to narrow down trouble with connections.",
  },
  "sck-keep-alive": {
    summary: "Keep idle connections alive.",
    text:
      "Lets the system send probes on connections that are idle, so that firewalls do not close them and a host that " +
      "went away is noticed.",
  },
  "tcp-keep-alive-count": {
    summary: "Probes without answer after which a connection is dead.",
    text: "Without this option the setting of the system counts.",
  },
  "tcp-keep-alive-idle": {
    summary: "Seconds of silence before the first probe.",
    text: "Without this option the setting of the system counts.",
  },
  "tcp-keep-alive-interval": {
    summary: "Seconds between probes.",
    text: "Without this option the setting of the system counts.",
  },
  "tls-cipher-12": {
    summary: "Ciphers for TLS 1.2.",
    text: "A list in the notation of OpenSSL. Without it the library decides.",
  },
  "tls-cipher-13": {
    summary: "Cipher suites for TLS 1.3.",
    text: "A list in the notation of OpenSSL. Without it the library decides.",
  },
};
