/** What is wrong with a text that is no JSON, in the words of Jackson, which reads it in AWS. */
export interface JsonFault {
  readonly message: string;
  /** Where Jackson says that it is: behind the token or the character, both counted from 1. */
  readonly line: number;
  readonly column: number;
}

type Expected = "value" | "value or ]" | "name" | "name or }" | "colon" | "comma" | "end";

const aValue = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const closeOf = { "{": "}", "[": "]" } as const;
const kindOf = { "{": "Object", "[": "Array" } as const;

const token =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in its text.
  /[ \t\r\n]*(?:(?<mark>[{}[\],:])|(?<text>"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(?<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<word>[\p{L}_$][\p{L}\d_$]*))/uy;

/** UTF-16 units, read in some fifteen milliseconds. */
const LONGEST_READ = 2 ** 15;

/** Of a word that is quoted. */
const LONGEST_WORD = 256;

/**
 * Where a text stops being JSON. What AWS was seen to say are an unknown word and a name without double quotes; the
 * other words are Jackson's, whose version there is not known.
 *
 * @returns undefined if this finds nothing wrong, or the text is longer than what is looked through at once
 */
export function jsonFault(text: string): JsonFault | undefined {
  if (text.length > LONGEST_READ) return undefined;
  const open: { readonly mark: "{" | "["; readonly at: number }[] = [];
  let expected: Expected = "value";
  let position = 0;
  const fault = (message: string, at: number): JsonFault => ({ message, ...placeOf(text, at) });
  const afterValue = (): Expected => (open.length === 0 ? "end" : "comma");
  for (;;) {
    token.lastIndex = position;
    const found = token.exec(text);
    if (found === null) {
      const rest = text.slice(position).search(/[^ \t\r\n]/);
      if (rest >= 0) return unexpected(text, position + rest, expected, open.at(-1)?.mark);
      if (expected === "end") return undefined;
      const container = open.at(-1);
      if (container === undefined) return fault("No content to map due to end-of-input", text.length);
      const start = sourceAt(text, placeOf(text, container.at));
      return fault(
        `Unexpected end-of-input: expected close marker for ${kindOf[container.mark]} (start marker at ${start})`,
        text.length,
      );
    }
    const { mark, text: string, word } = found.groups!;
    const end = token.lastIndex;
    const container = open.at(-1)?.mark;
    const isValue = expected === "value" || expected === "value or ]";
    if (word !== undefined) {
      if (!isValue || !["true", "false", "null"].includes(word)) {
        const shown = word.length > LONGEST_WORD ? `${word.slice(0, LONGEST_WORD)}...` : word;
        if (isValue) return fault(`Unrecognized token '${shown}': was expecting ${aValue}`, end);
        return unexpected(text, end - word.length, expected, container);
      }
      expected = afterValue();
    } else if (mark === "{" || mark === "[") {
      if (!isValue) return unexpected(text, end - 1, expected, container);
      open.push({ mark, at: end - 1 });
      expected = mark === "{" ? "name or }" : "value or ]";
    } else if (mark === "}" || mark === "]") {
      const mayClose = expected === "comma" || expected === (mark === "}" ? "name or }" : "value or ]");
      if (!mayClose || container === undefined || closeOf[container] !== mark) {
        return unexpected(text, end - 1, expected, container);
      }
      open.pop();
      expected = afterValue();
    } else if (mark === ":" || mark === ",") {
      if (expected !== (mark === ":" ? "colon" : "comma")) return unexpected(text, end - 1, expected, container);
      expected = mark === "," && container === "{" ? "name" : "value";
    } else if (string !== undefined && (expected === "name" || expected === "name or }")) expected = "colon";
    else if (isValue) expected = afterValue();
    else return unexpected(text, end - (string ?? found.groups!.number!).length, expected, container);
    position = end;
  }
}

function unexpected(text: string, at: number, expected: Expected, container: "{" | "[" | undefined): JsonFault {
  const character = String.fromCodePoint(text.codePointAt(at)!);
  if (character === '"' && /^(value|name)/.test(expected)) return brokenText(text, at);
  const wanted = {
    value: `was expecting ${aValue}`,
    "value or ]": `was expecting ${aValue}`,
    name: "was expecting double-quote to start field name",
    "name or }": "was expecting double-quote to start field name",
    colon: "was expecting a colon to separate field name and value",
    comma: `was expecting comma to separate ${kindOf[container ?? "["]} entries`,
    end: "Expected space separating root-level values",
  }[expected];
  const message = `Unexpected character ('${character}' (code ${character.codePointAt(0)})): ${wanted}`;
  return { message, ...placeOf(text, at + 1) };
}

/** Why the text in quotes that begins here is none. */
function brokenText(text: string, at: number): JsonFault {
  textSoFar.lastIndex = at;
  textSoFar.exec(text);
  const end = textSoFar.lastIndex;
  const [character, escaped] = [text[end], text[end + 1]];
  if (character === undefined || (character === "\\" && escaped === undefined)) {
    const message = "Unexpected end-of-input: was expecting closing quote for a string value";
    return { message, ...placeOf(text, text.length) };
  }
  const message =
    character === "\\"
      ? `Unrecognized character escape '${escaped}' (code ${escaped!.charCodeAt(0)})`
      : `Illegal unquoted character ((CTRL-CHAR, code ${character.charCodeAt(0)})): has to be escaped using backslash to be included in string value`;
  return { message, ...placeOf(text, end + 1) };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: as above.
const textSoFar = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;

function placeOf(text: string, at: number): Pick<JsonFault, "line" | "column"> {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** Characters of a text that Jackson quotes to say where something is. */
const QUOTED = 500;

/** A place in a text as Jackson writes it. */
export function sourceAt(text: string, { line, column }: Pick<JsonFault, "line" | "column">): string {
  const more = text.length > QUOTED ? `[truncated ${text.length - QUOTED} chars]` : "";
  return `[Source: (String)"${text.slice(0, QUOTED)}"${more}; line: ${line}, column: ${column}]`;
}
