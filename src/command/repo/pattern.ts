import { fail } from "../../error.ts";

/** What some letters mean behind a backslash in the C library: words, blanks and their edges. */
const ESCAPES: Readonly<Record<string, string>> = {
  "<": "\\b(?=\\w)",
  ">": "\\b(?<=\\w)",
  "`": "^",
  "'": "$",
  b: "\\b",
  B: "\\B",
  w: "\\w",
  W: "\\W",
  s: "\\s",
  S: "\\S",
};

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/**
 * A POSIX extended regular expression, as the peer's options take them, in JavaScript's notation. Error 29 where it is
 * malformed. What differs most: character classes, and that a backslash within brackets is nothing but itself.
 */
export function posixPattern(expression: string): RegExp {
  try {
    return new RegExp(translate(expression), "su");
  } catch (cause) {
    fail("format", `invalid regular expression '${expression}'`, {
      cause,
      hint: "a backslash takes the meaning from . * + ? ( ) [ ] { } ^ $ | and quotation marks keep the shell away.",
    });
  }
}

function translate(expression: string): string {
  const parts: string[] = [];
  for (let at = 0; at < expression.length;) {
    const { part, length } = translateAt(expression, at);
    parts.push(part);
    at += length;
  }
  return parts.join("");
}

function translateAt(expression: string, at: number): { part: string; length: number } {
  const character = expression[at]!;
  switch (character) {
    case "[":
      return bracket(expression, at);
    case "\\":
      return { part: escaped(expression[at + 1]), length: 2 };
    case "{":
      return bound(expression, at);
    case "(":
      if (expression[at + 1] === "?") throw new SyntaxError("nothing to repeat");
      return { part: character, length: 1 };
    case "]":
    case "}":
      return { part: `\\${character}`, length: 1 };
    default:
      return { part: character, length: 1 };
  }
}

function escaped(character: string | undefined): string {
  if (character === undefined) throw new SyntaxError("trailing backslash");
  if (/[1-9\\^$.*+?()[\]{}|]/.test(character)) return `\\${character}`;
  return ESCAPES[character] ?? character;
}

function bound(expression: string, at: number): { part: string; length: number } {
  const [found, low, rest] = /^\{(\d*)((?:,\d*)?)\}/.exec(expression.slice(at)) ?? [];
  if (found === undefined || found === "{}") throw new SyntaxError("malformed bound");
  return { part: `{${low === "" ? "0" : low}${rest}}`, length: found.length };
}

function bracket(expression: string, start: number): { part: string; length: number } {
  const end = bracketEnd(expression, start);
  const content = expression.slice(start + 1, end);
  const negated = content.startsWith("^");
  const inside = (negated ? content.slice(1) : content).replaceAll(
    /\[:(.*?):\]|\[\.(.)\.\]|\[=(.)=\]|[\\[\]^]/gu,
    (found, name?: string, symbol?: string, equivalent?: string) => {
      if (name === undefined) return `\\${symbol ?? equivalent ?? found}`;
      return CLASSES[name] ?? unknownClass(name);
    },
  );
  return { part: `[${negated ? "^" : ""}${inside}]`, length: end + 1 - start };
}

/** Where a bracket expression ends; a `]` that stands first in it is one of its characters. */
function bracketEnd(expression: string, start: number): number {
  let at = start + 1;
  if (expression[at] === "^") at++;
  if (expression[at] === "]") at++;
  for (; expression[at] !== "]"; at++) {
    if (at >= expression.length) throw new SyntaxError("unterminated bracket");
    if (expression[at] !== "[" || !/[:.=]/.test(expression[at + 1] ?? "")) continue;
    const end = expression.indexOf(`${expression[at + 1]}]`, at + 2);
    if (end < 0) throw new SyntaxError("unterminated class");
    at = end + 1;
  }
  return at;
}

function unknownClass(name: string): never {
  throw new SyntaxError(`no class ${name}`);
}
