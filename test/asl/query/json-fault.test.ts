import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonFault, sourceAt } from "../../../shared/asl/query/json-fault.ts";

const aValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

describe("a text that is no JSON", () => {
  /** Recorded from AWS are the words of the first two, in StartExecution's and ValidateStateMachineDefinition's answers. */
  const rows: readonly (readonly [text: string, message: string, line: number, column: number])[] = [
    ["never JSON", `Unrecognized token 'never': was expecting ${aValue}`, 1, 6],
    ["{'a': 1", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 1, 3],
    ['{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 1, 7],
    ['{"a": 1 "b": 2}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 1, 10],
    ["[1\n 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 2, 3],
    ['{"a": }', `Unexpected character ('}' (code 125)): was expecting ${aValue}`, 1, 8],
    ['{"a": 1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 1, 10],
    ["[True]", `Unrecognized token 'True': was expecting ${aValue}`, 1, 6],
    ["1 2", "Unexpected character ('2' (code 50)): Expected space separating root-level values", 1, 4],
    [
      '{"a": [',
      'Unexpected end-of-input: expected close marker for Array (start marker at [Source: (String)"{"a": ["; line: 1, column: 7])',
      1,
      8,
    ],
    ['{"a": "b', "Unexpected end-of-input: was expecting closing quote for a string value", 1, 9],
    ['["\\x"]', "Unrecognized character escape 'x' (code 120)", 1, 4],
    [
      '["a\n"]',
      "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value",
      2,
      1,
    ],
    ["x".repeat(300), `Unrecognized token '${"x".repeat(256)}...': was expecting ${aValue}`, 1, 301],
    ["", "No content to map due to end-of-input", 1, 1],
  ];

  it.each(rows)("%j: %s", (text, message, line, column) => {
    expect(jsonFault(text)).toEqual({ message, line, column });
  });

  it("is found wherever JSON.parse finds one, and nowhere else", () => {
    const changed = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", ",", "}", "[", '"', ":", "x", "0", "\\", "\n", "é"),
    );
    fc.assert(
      fc.property(changed, ([text, at, piece]) => {
        const position = at % (text.length + 1);
        const broken = text.slice(0, position) + piece + text.slice(position + (at % 2));
        let isJson = true;
        try {
          JSON.parse(broken);
        } catch {
          isJson = false;
        }
        expect(jsonFault(broken) === undefined).toBe(isJson);
      }),
    );
  });

  it("is not looked for in a long text, which would take as long", () => {
    expect(jsonFault("[".repeat(2 ** 15))).toBeDefined();
    expect(jsonFault("[".repeat(2 ** 15 + 1))).toBeUndefined();
  });

  it("is quoted up to its first five hundred characters", () => {
    const text = "x".repeat(501);
    expect(sourceAt(text, { line: 1, column: 2 })).toBe(
      `[Source: (String)"${"x".repeat(500)}"[truncated 1 chars]; line: 1, column: 2]`,
    );
  });
});
