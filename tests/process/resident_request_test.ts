import { assertEquals } from "@std/assert";
import { formatRequest, parseRequest } from "../../src/process/resident_request.ts";

const REQUEST = {
  folder: "/var/lib/postgresql/15/main",
  args: ["--stanza=demo", "archive-push", "pg_wal/000000010000000000000001", ""],
  variables: { PATH: "/bin", PGBACKREST_PROCESS_MAX: "2", EMPTY: "", ODD: "a=b" },
};

Deno.test("a request comes back as it was sent", () => {
  assertEquals(parseRequest(formatRequest(REQUEST)!), REQUEST);
  assertEquals(parseRequest(formatRequest({ folder: "/", args: [], variables: {} })!), {
    folder: "/",
    args: [],
    variables: {},
  });
  assertEquals(formatRequest({ ...REQUEST, folder: "/".padEnd(5000, "x") }), undefined, "too long for its place");
});

Deno.test("what is cut short, too short or no request at all is none", () => {
  const whole = formatRequest(REQUEST)!;
  const changed = (at: number, value: number) => whole.with(at, value);
  const cases: [string, Uint8Array][] = [
    ["nothing", new Uint8Array()],
    ["no texts", whole.subarray(0, 4112)],
    ["no end", whole.subarray(0, -1)],
    ["another mark", changed(0, 65)],
    ["no argument", changed(8, 0)],
    ["more arguments than texts", changed(9, 1)],
    ["more than can be counted", changed(15, 255)],
    ["no UTF-8", changed(4115, 0xff)],
    ["a folder without end", whole.map((byte, at) => at >= 16 && at < 4112 ? 65 : byte)],
  ];
  for (const [what, bytes] of cases) assertEquals(parseRequest(bytes), undefined, what);
});
