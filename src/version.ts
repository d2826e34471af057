/** Version of this program, as it stands in every file it saves after the name `pg_backrest`. */
export const VERSION = "0.1.0";

/** The pgBackRest release whose commands, options and repository this program follows. */
export const PEER_VERSION = "2.59.1";
