import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BackRestError } from "../../src/error.ts";
import { type Greeting, greetingLine, needStages, PROTOCOL, readGreeting } from "../../src/wire/greeting.ts";

const EXPECTED = { host: "db1" };
const ABOUT = { role: "backup:remote", host: "db1.example", execId: "1-2" };

Deno.test("our own greeting is understood", () => {
  const { greeting, protocol } = readGreeting(greetingLine(ABOUT).trimEnd(), EXPECTED)!;
  assertEquals([greeting.role, greeting.execId, protocol], ["backup:remote", "1-2", PROTOCOL.max]);
});

for (const line of ["", "Welcome!", "{", "{}", "[1]", '{"name":"other"}']) {
  Deno.test(`a line of a chatty shell is passed over: ${JSON.stringify(line)}`, () => {
    assertEquals(readGreeting(line, EXPECTED), undefined);
  });
}

function changed(change: (greeting: Record<string, unknown>) => void): string {
  const greeting = JSON.parse(greetingLine(ABOUT));
  change(greeting);
  return JSON.stringify(greeting);
}

Deno.test("a newer version with an overlapping protocol is fine", () => {
  const line = changed((greeting) => {
    greeting["version"] = "9.0.0";
    greeting["protocol"] = { min: PROTOCOL.max, max: PROTOCOL.max + 3 };
  });
  assertEquals(readGreeting(line, EXPECTED)!.protocol, PROTOCOL.max);
});

for (
  const { name, line, text } of [
    {
      name: "protocols that do not overlap",
      line: changed((greeting) => greeting["protocol"] = { min: 98, max: 99 }),
      text: "on host 'db1' speaks protocol 98 to 99",
    },
    {
      name: "no protocol at all",
      line: changed((greeting) => delete greeting["protocol"]),
      text: "speaks protocol undefined",
    },
    {
      name: "pgBackRest itself",
      line: '{"name":"pgBackRest","service":"remote","version":"2.59.1"}',
      text: "pgBackRest 2.59.1 answered on host 'db1'",
    },
  ]
) {
  Deno.test(`error 39 for ${name}`, () => {
    const error = assertThrows(() => readGreeting(line, EXPECTED), BackRestError);
    assertEquals([error.code, error.host], [39, "db1"]);
    assertStringIncludes(error.message, text);
  });
}

Deno.test("a side that could not begin says why", () => {
  const record = { code: 37, name: "optionRequired", message: "restore command requires option: stanza", retry: false };
  const line = greetingLine({ ...ABOUT, error: record as never }).trimEnd();
  const error = assertThrows(() => readGreeting(line, EXPECTED), BackRestError);
  assertEquals([error.code, error.host], [39, "db1"]);
  assertStringIncludes(error.message, `cannot begin: [037] ${record.message}`);
});

Deno.test("a stage is missed only where it is needed", () => {
  const greeting: Greeting = JSON.parse(changed((each) => each["stages"] = [["sha1", 1], ["compress", 0]]));
  needStages(greeting, ["sha1"]);
  for (const stage of ["compress", "decrypt"]) {
    const error = assertThrows(() => needStages(greeting, ["sha1", stage]), BackRestError);
    assertStringIncludes(error.message, `does not run stage '${stage}'`);
  }
});
