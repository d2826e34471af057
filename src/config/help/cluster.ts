import type { OptionTexts } from "./text.ts";

/** Texts of the options of a cluster and of its host. */
export const CLUSTER_TEXTS: OptionTexts = {
  "pg-database": {
    summary: "Database to connect to.",
    text: "Any database will do; nothing is written to it.",
  },
  "pg-host": {
    summary: "Host that has the cluster.",
    text:
      "Without it the cluster is on this host. With it, another process of this program is started there and reads the " +
      "cluster.",
  },
  "pg-host-ca-file": {
    summary: "File with the authorities the PostgreSQL host's certificate is checked against.",
    text: "For pg-host-type=tls. Without it those of the system count.",
  },
  "pg-host-ca-path": {
    summary: "Folder with the authorities the PostgreSQL host's certificate is checked against.",
    text: "For pg-host-type=tls.",
  },
  "pg-host-cert-file": {
    summary: "Our certificate for the PostgreSQL host.",
    text: "For pg-host-type=tls. Its common name decides what the server allows.",
  },
  "pg-host-cmd": {
    summary: "Program to run on the PostgreSQL host.",
    text: "Set it when the program has another path there. Without it the path is the one it was called by here.",
  },
  "pg-host-config": {
    summary: "Configuration file on the PostgreSQL host.",
    text: "Set it when the file is not where that host would look for it.",
  },
  "pg-host-config-include-path": {
    summary: "Folder with further configuration files on the PostgreSQL host.",
    text: "Set it when the folder is not where that host would look for it.",
  },
  "pg-host-config-path": {
    summary: "Folder of the configuration on the PostgreSQL host.",
    text: "Set it when the folder is not where that host would look for it.",
  },
  "pg-host-key-file": {
    summary: "Our private key for the PostgreSQL host.",
    text: "For pg-host-type=tls. Only its owner may have access to the file.",
  },
  "pg-host-port": {
    summary: "Port of the PostgreSQL host's ssh or TLS server.",
    text:
      "Not the port of PostgreSQL. For ssh the client's own configuration counts when the option is not set; for tls " +
      "the default is 8432.",
  },
  "pg-host-type": {
    summary: "How the PostgreSQL host is reached.",
    text: "* ssh - the ssh client of the system\n* tls - a server of this program that runs there",
  },
  "pg-host-user": {
    summary: "User on the PostgreSQL host.",
    text: "The one who owns the cluster. For pg-host-type=ssh.",
  },
  "pg-local": {
    summary: "Treat the cluster as local.",
    text: "Given by the process that starts another one on the host of the cluster.",
  },
  "pg-path": {
    summary: "Data directory of the cluster.",
    text:
      "The folder PostgreSQL shows as data_directory. It must be given because a restore can not ask PostgreSQL; online " +
      "commands compare it with what PostgreSQL says.",
  },
  "pg-port": {
    summary: "Port of the cluster.",
    text: "Part of the name of the socket that is connected to.",
  },
  "pg-socket-path": {
    summary: "Folder of the cluster's socket.",
    text:
      "The cluster is always connected to through its socket. Set it when unix_socket_directories is not the usual one.",
  },
  "pg-user": {
    summary: "Database user to connect as.",
    text:
      "Needs the rights to start and stop backups and to read settings. Without it the name of the system user is used.",
  },
  "pg-version-force": {
    summary: "Version to treat the cluster as.",
    text: "For builds of PostgreSQL that report a version of their own. Leave it alone otherwise.",
  },
};
