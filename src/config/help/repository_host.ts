import type { OptionTexts } from "./text.ts";

/** Texts of the options of the host of a repository. */
export const REPOSITORY_HOST_TEXTS: OptionTexts = {
  "repo-host": {
    summary: "Host that has the repository.",
    text:
      "Without it the repository is on this host. With it, another process of this program is started there and does " +
      "the work on the repository.",
  },
  "repo-host-ca-file": {
    summary: "File with the authorities the repository host's certificate is checked against.",
    text: "For repo-host-type=tls. Without it those of the system count.",
  },
  "repo-host-ca-path": {
    summary: "Folder with the authorities the repository host's certificate is checked against.",
    text: "For repo-host-type=tls.",
  },
  "repo-host-cert-file": {
    summary: "Our certificate for the repository host.",
    text: "For repo-host-type=tls. Its common name decides what the server allows.",
  },
  "repo-host-cmd": {
    summary: "Program to run on the repository host.",
    text: "Set it when the program has another path there. Without it the path is the one it was called by here.",
  },
  "repo-host-config": {
    summary: "Configuration file on the repository host.",
    text: "Set it when the file is not where that host would look for it.",
  },
  "repo-host-config-include-path": {
    summary: "Folder with further configuration files on the repository host.",
    text: "Set it when the folder is not where that host would look for it.",
  },
  "repo-host-config-path": {
    summary: "Folder of the configuration on the repository host.",
    text: "Set it when the folder is not where that host would look for it.",
  },
  "repo-host-key-file": {
    summary: "Our private key for the repository host.",
    text: "For repo-host-type=tls. Only its owner may have access to the file.",
  },
  "repo-host-port": {
    summary: "Port of the repository host.",
    text: "For ssh the client's own configuration counts when the option is not set; for tls the default is 8432.",
  },
  "repo-host-type": {
    summary: "How the repository host is reached.",
    text: "* ssh - the ssh client of the system\n* tls - a server of this program that runs there",
  },
  "repo-host-user": {
    summary: "User on the repository host.",
    text: "The one who owns the repository. For repo-host-type=ssh.",
  },
};
