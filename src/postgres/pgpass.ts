/** What a connection is about, as the password file asks it. */
export interface PasswordQuestion {
  /** Folder of the unix socket; `localhost` lines match the default folder too. */
  host: string;
  port: number;
  database: string;
  user: string;
}

/**
 * The password of the first matching line `host:port:database:user:password` of a libpq password file; `*` matches
 * anything and `\` escapes `:` and `\`. Undefined without a match.
 */
export function findPassword(text: string, question: PasswordQuestion): string | undefined {
  const hosts = question.host === DEFAULT_SOCKET_FOLDER ? [question.host, "localhost"] : [question.host];
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const [host, port, database, user, ...password] = splitFields(line);
    if (password.length === 0) continue;
    const matches = (field: string | undefined, wanted: string[]) => field === "*" || wanted.includes(field!);
    if (
      matches(host, hosts) && matches(port, [String(question.port)]) && matches(database, [question.database]) &&
      matches(user, [question.user])
    ) return password.join(":");
  }
  return undefined;
}

/** Where Debian's PostgreSQL has its socket; libpq takes it for `localhost` in the password file. */
export const DEFAULT_SOCKET_FOLDER = "/var/run/postgresql";

function splitFields(line: string): string[] {
  const fields: string[] = [];
  let field = "";
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "\\" && i + 1 < line.length) field += line[++i];
    else if (line[i] !== ":" || fields.length === 4) field += line[i];
    else {
      fields.push(field);
      field = "";
    }
  }
  return [...fields, field];
}
