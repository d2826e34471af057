/** Types of the packages that bring none; only what this program uses, so that a new use is a decision. */
declare module "@std/assert" {
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;
  export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;
  export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
  export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    ErrorClass?: abstract new (...args: never[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): E;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    ErrorClass?: abstract new (...args: never[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
}

declare module "pg" {
  export interface ClientOptions {
    host: string;
    port: number;
    database: string;
    user: string;
    password?: string;
    application_name: string;
    connectionTimeoutMillis: number;
    query_timeout: number;
    options?: string;
    ssl: false;
  }
  export interface QueryResult {
    rows: (string | null)[][];
  }
  export class Client {
    constructor(options: ClientOptions);
    connect(): Promise<void>;
    end(): Promise<void>;
    query(query: { text: string; values: (string | boolean | number)[]; rowMode: "array" }): Promise<QueryResult>;
    on(event: "error", listener: (error: Error) => void): void;
    setTypeParser(oid: number, parser: (text: string) => string): void;
  }
}

declare module "@std/cli/parse-args" {
  export function parseArgs(
    args: string[],
    options: { string: string[] },
  ): Record<string, string | string[] | undefined>;
}
