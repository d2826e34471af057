import type { OptionTexts } from "./text.ts";

/** Texts of the options of a repository, bundles and block incremental storage. */
export const REPOSITORY_TEXTS: OptionTexts = {
  repo: {
    summary: "Index of the repository to work on.",
    text:
      "Without it commands that read or clean up work on all repositories; those that can only use one take the one with " +
      "the lowest index.",
  },
  "repo-block": {
    summary: "Store only the changed blocks of files.",
    text:
      "Files are split into blocks, and later backups store the blocks that changed. Saves space with large files that " +
      "change little. Needs repo-bundle.",
  },
  "repo-block-age-map": {
    summary: "Factor for the block size by age of a file, as days=factor.",
    text: "Old files change less and get larger blocks; with factor 0 they are not split at all.",
  },
  "repo-block-checksum-size-map": {
    summary: "Bytes of checksum kept per block, as block size=bytes.",
    text: "Longer checksums make it less likely that a changed block is taken for an unchanged one.",
  },
  "repo-block-size-map": {
    summary: "Block size by size of a file, as file size=block size.",
    text: "Larger blocks mean a smaller map and more bytes to store per change.",
  },
  "repo-block-size-super": {
    summary: "Size of the groups in which blocks are compressed.",
    text:
      "For differential and incremental backups. Larger groups compress better; a restore has to read more of them.",
  },
  "repo-block-size-super-full": {
    summary: "Size of the groups in which blocks of full backups are compressed.",
    text: "Larger groups compress better; a restore has to read more of them.",
  },
  "repo-bundle": {
    summary: "Store small files together.",
    text:
      "A cluster has thousands of files of a few kilobytes. Bundling them saves time and space, above all on object " +
      "stores. Empty files are then not stored at all.",
  },
  "repo-bundle-limit": {
    summary: "Largest file that is bundled.",
    text: "Larger files are stored on their own.",
  },
  "repo-bundle-size": {
    summary: "Size at which a bundle is finished.",
    text: "Counted before compression. A bundle may be a little larger, as files are not split.",
  },
  "repo-cipher-pass": {
    summary: "Passphrase of the repository.",
    text:
      "It protects the keys everything else is encrypted with. Without it nothing in the repository can be read, so " +
      "keep a copy elsewhere. It can not be changed later. A good one is made by: openssl rand -base64 48",
  },
  "repo-cipher-type": {
    summary: "Encryption of the repository.",
    text:
      "* none - stored in the clear\n* aes-256-cbc - AES with a key of 256 bits\n\nMust be set before stanza-create; all " +
      "encryption is done by this program, never by the storage.",
  },
  "repo-hardlink": {
    summary: "Link unchanged files into later backups.",
    text: "A differential or incremental backup then looks like a complete one in the file system. Not with bundles.",
  },
  "repo-local": {
    summary: "Treat the repository as local.",
    text: "Given by the process that starts another one on the host of the repository.",
  },
  "repo-path": {
    summary: "Folder of the repository.",
    text:
      "Holds the folders archive and backup. On an object store it is a prefix of the names. Plan room for all backups " +
      "that are kept and the WAL between them.",
  },
  "repo-retention-archive": {
    summary: "For how many backups all WAL is kept.",
    text:
      "Counted in backups of repo-retention-archive-type. Older backups keep the WAL they need to be consistent, and can " +
      "then only be restored to the moment they ended. Normally leave it out: WAL is kept as long as backups are.",
  },
  "repo-retention-archive-type": {
    summary: "Type of backup repo-retention-archive counts.",
    text: "* full - full backups\n* diff - full and differential backups\n* incr - all backups",
  },
  "repo-retention-diff": {
    summary: "How many differential backups are kept.",
    text:
      "When one is removed, the incremental backups that build on it go too. Full backups count as well. Without it they " +
      "are kept as long as their full backup.",
  },
  "repo-retention-full": {
    summary: "How many full backups are kept, or for how many days.",
    text:
      "repo-retention-full-type says which. All backups that build on a full one go with it. Without this option nothing " +
      "is ever removed, and there is a warning.",
  },
  "repo-retention-full-type": {
    summary: "Whether repo-retention-full counts backups or days.",
    text:
      "* count - this many full backups are kept\n* time - full backups are kept until a younger one is older than this " +
      "many days, so that there is always one to go back that far with",
  },
  "repo-retention-history": {
    summary: "For how many days manifests of removed backups are kept.",
    text:
      "They tell which files a backup had, in the folder backup.history. 0 keeps only those of existing backups; without " +
      "the option they are kept for ever.",
  },
  "repo-symlink": {
    summary: "Make symbolic links in the repository.",
    text:
      "The link latest in the folder of the backups, and links to tablespaces in full backups. Switch it off for file " +
      "systems without links.",
  },
  "repo-type": {
    summary: "Kind of storage of the repository.",
    text:
      "* posix - a local or mounted file system\n* cifs - the same without links and without syncing folders\n* s3 - S3 and " +
      "compatible object stores\n* azure - Azure Blob Storage\n* gcs - Google Cloud Storage\n* sftp - a file server " +
      "reached with SFTP",
  },
};
