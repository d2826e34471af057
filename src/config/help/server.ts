import type { OptionTexts } from "./text.ts";

/** Texts of the options of the TLS server. */
export const SERVER_TEXTS: OptionTexts = {
  "tls-server-address": {
    summary: "Address the server listens on.",
    text: "* means all addresses of IPv4, :: all of IPv6.",
    per: {
      "server-ping": { summary: "Server to ping.", text: "Counts when the command has no argument." },
    },
  },
  "tls-server-auth": {
    summary: "Client and the stanzas it may use, as name=stanza,stanza.",
    text:
      "The name is the common name of the client's certificate; * stands for all stanzas. May be given several times.",
  },
  "tls-server-ca-file": {
    summary: "Authorities clients' certificates are checked against.",
    text: "Clients without a certificate signed by one of them are refused.",
  },
  "tls-server-cert-file": {
    summary: "Certificate of the server.",
    text: "Must carry the name clients connect to.",
  },
  "tls-server-key-file": {
    summary: "Private key of the server.",
    text: "Only its owner may have access to the file.",
  },
  "tls-server-port": {
    summary: "Port of the server.",
    text: "Must be the same in repo-host-port and pg-host-port of the clients.",
  },
};
