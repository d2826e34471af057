import type { OptionTexts } from "./text.ts";

/** Texts of the options of repositories reached with SFTP. */
export const SFTP_TEXTS: OptionTexts = {
  "repo-sftp-host": {
    summary: "SFTP server of the repository.",
    text: "Only file transfer is needed there, no program.",
  },
  "repo-sftp-host-fingerprint": {
    summary: "Fingerprint of the SFTP server's key.",
    text: "The digest in hexadecimal digits, in the kind of repo-sftp-host-key-hash-type.",
  },
  "repo-sftp-host-key-check-type": {
    summary: "How the SFTP server's key is checked.",
    text:
      "* strict - it must be in a known-hosts file\n* accept-new - an unknown server is added to the file, a changed key " +
      "is refused\n* fingerprint - it must have repo-sftp-host-fingerprint\n* none - not at all",
  },
  "repo-sftp-host-key-hash-type": {
    summary: "Digest of the SFTP server's fingerprint.",
    text: "sha256 unless the server is too old for it.",
  },
  "repo-sftp-host-port": {
    summary: "Port of the SFTP server.",
    text: "The port its SSH server listens on.",
  },
  "repo-sftp-host-user": {
    summary: "User on the SFTP server.",
    text: "Must own the folder of the repository.",
  },
  "repo-sftp-known-host": {
    summary: "Known-hosts file for the SFTP server.",
    text: "May be given several times. Without it the files of the user and of the system are used.",
  },
  "repo-sftp-private-key-file": {
    summary: "Private key for the SFTP server.",
    text: "Only its owner may have access to the file.",
  },
  "repo-sftp-private-key-passphrase": {
    summary: "Passphrase of the private key for the SFTP server.",
    text: "Not needed for a key without one.",
  },
  "repo-sftp-public-key-file": {
    summary: "Public key for the SFTP server.",
    text: "Not needed where it can be derived from the private key.",
  },
};
