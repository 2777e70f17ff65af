import { ruleUnder, shapesUnder } from "./collected.ts";
import { looksSecret } from "./entropy.ts";
import { tellOf } from "./names.ts";

/** A value that text assigns to a telling name: characters `[start, end)`. */
export interface Assignment {
  readonly name: string;
  /** Of the issuer that the name names, where the value has the form of its secrets. */
  readonly rule: string | undefined;
  readonly start: number;
  readonly end: number;
}

const MAX_NAME = 64;
const MAX_VALUE = 4_096;
/** Assignments looked at inside the value of another, which was looked at as a whole: `token=a&x=b:c`. */
const MAX_NESTED = 2;
/** `arn:aws:secretsmanager:us-east-1:123456789012:secret:name` assigns nothing. */
const ARN_BEFORE = /arn:aws[\w-]{0,16}:[\w:/.-]*$/;
const MAX_ARN = 200;
/** Headers whose value is the rest of the line. */
const LINE_HEADER = /^(?:proxy-)?authorization$|^(?:set-)?cookie$/i;

/**
 * Values assigned inside a text, as in `KEY=value`, `key: value`, `"key": "value"`, `?key=value` and `--key value`, that
 * look like secrets. Looks back from each separator and ahead of it for a bounded way: linear in the text's length.
 */
export function assignedSecrets(text: string): Assignment[] {
  const found: Assignment[] = [];
  let outerEnd = 0;
  let nested = 0;
  const assess = (name: string, from: number): void => {
    const tell = tellOf(name);
    if (tell === undefined && shapesUnder(name).length === 0) return;
    if (ARN_BEFORE.test(text.slice(Math.max(0, from - MAX_ARN), from))) return;
    nested = from < outerEnd ? nested + 1 : 0;
    if (nested > MAX_NESTED) return;
    const [start, end] = valueAfter(text, from, LINE_HEADER.test(name));
    if (nested === 0) outerEnd = end;
    const value = text.slice(start, end);
    const rule = ruleUnder(name, value);
    if (rule !== undefined || (tell !== undefined && looksSecret(value, tell))) found.push({ name, rule, start, end });
  };
  let equals = text.indexOf("=");
  let colon = text.indexOf(":");
  while (equals >= 0 || colon >= 0) {
    const at = colon < 0 || (equals >= 0 && equals < colon) ? equals : colon;
    const name = nameBefore(text, at);
    if (name !== undefined) assess(name, at + 1);
    if (at === equals) equals = text.indexOf("=", at + 1);
    else colon = text.indexOf(":", at + 1);
  }
  outerEnd = 0;
  for (let dashes = text.indexOf("--"); dashes >= 0; dashes = text.indexOf("--", dashes)) {
    while (text[dashes] === "-") dashes++;
    let end = dashes;
    while (end < text.length && end - dashes <= MAX_NAME && isNamed(text.charCodeAt(end))) end++;
    if (text[end] === " ") assess(text.slice(dashes, end), end + 1);
    dashes = end;
  }
  return found;
}

/** What ends right before a separator, or before the quotes, brackets and blanks in front of it; its end, if it is long. */
function nameBefore(text: string, separator: number): string | undefined {
  let end = separator;
  while (end > 0 && separator - end < 6 && " \"'`\\])".includes(text[end - 1]!)) end--;
  let start = end;
  while (start > 0 && end - start < MAX_NAME && isNamed(text.charCodeAt(start - 1))) start--;
  if (end - start < 3) return undefined;
  if (text.startsWith("[redacted:", start - 10)) return undefined;
  return text.slice(start, end);
}

/** `A-Z a-z 0-9 _ . $ -` */
function isNamed(unit: number): boolean {
  const letter = unit | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) || (unit >= 0x30 && unit <= 0x39) || "_.$-".includes(String.fromCharCode(unit))
  );
}

function valueAfter(text: string, from: number, wholeLine: boolean): [start: number, end: number] {
  let start = from;
  while (start < text.length && start - from < 8 && " \t>=\\".includes(text[start]!)) start++;
  const limit = Math.min(text.length, start + MAX_VALUE);
  const quote = text[start]!;
  if (start < limit && "\"'`".includes(quote)) {
    const closing = text.slice(start + 1, limit).indexOf(quote);
    if (closing >= 0) return [start + 1, start + 1 + closing];
    start++;
  }
  const stops = wholeLine ? /["'`\\\r\n]/g : /[\s"'`\\;&<]/g;
  stops.lastIndex = start;
  let end = Math.min(limit, stops.exec(text)?.index ?? limit);
  while (end > start && ",)]}".includes(text[end - 1]!)) end--;
  return [start, end];
}
