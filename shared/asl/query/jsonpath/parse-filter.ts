import { type Cursor, fail } from "../cursor.ts";
import { QuerySyntaxError } from "../errors.ts";
import { comparisons } from "./compare.ts";
import { type Conjunction, type Criterion, isDefinite, type Operand, type Segment } from "./syntax.ts";

/** Given by the caller, because filters stand in paths and paths in filters. */
type ReadSegments = (cursor: Cursor) => readonly Segment[];

/** A part of a text. */
interface Span {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const brackets = /^\s*\?\s*\((.*)\)\s*$/ds;
const connective = /&&|\|\|/g;
const symbols = Object.keys(comparisons);

/**
 * Reads `?( ... )` to the end of the text: criteria with `&&` between, and `||`, which binds less. As in the library that
 * AWS runs on, parentheses around some of them change nothing, and `&&` in quotes is one too.
 */
export function parseFilter(cursor: Cursor, readSegments: ReadSegments): readonly Conjunction[] {
  const { text, position } = cursor;
  const [from, to] = brackets.exec(text.slice(position))?.indices?.[1] ?? fail(cursor, "?( and a closing )");
  const inner = { text, from: position + from, to: position + to };
  requireBalance(inner);
  const anyOf: Criterion[][] = [[]];
  let start = inner.from;
  const words = [...text.slice(inner.from, inner.to).matchAll(connective)];
  for (const [word, at] of [
    ...words.map((each) => [each[0], inner.from + each.index] as const),
    ["", inner.to] as const,
  ]) {
    anyOf.at(-1)?.push(parseCriterion(trimmed({ text, from: start, to: at }, "[?("), readSegments));
    if (word === "||") anyOf.push([]);
    start = at + word.length;
  }
  return anyOf;
}

/** Parentheses are counted where they stand in no quotes. */
function requireBalance({ text, from, to }: Span): void {
  let depth = 0;
  let isQuoted = false;
  for (let at = from; at < to; at += 1) {
    if (text[at] === "'" && text[at - 1] !== "\\") isQuoted = !isQuoted;
    else if (!isQuoted && text[at] === "(") depth += 1;
    else if (!isQuoted && text[at] === ")") depth -= 1;
  }
  if (depth !== 0 || isQuoted) fail({ text, position: to }, "as many closing parentheses as open");
}

/** Without blanks around, and without parentheses if what opens is given. */
function trimmed({ text, from, to }: Span, opening = ""): Span {
  let [start, end] = [from, to];
  while (start < end && ` \t\r\n${opening}`.includes(text.charAt(start))) start += 1;
  while (end > start && ` \t\r\n${opening === "" ? "" : ")"}`.includes(text.charAt(end - 1))) end -= 1;
  return { text, from: start, to: end };
}

function parseCriterion(span: Span, readSegments: ReadSegments): Criterion {
  const { text, from, to } = span;
  const written = text.slice(from, to);
  // The operator is the first of the table that stands anywhere in it.
  const operator = symbols.find((each) => written.includes(each));
  if (operator !== undefined) {
    const at = from + written.indexOf(operator);
    // A '!' before the path on the left is read and changes nothing.
    const begin = written.startsWith("!@") ? from + 1 : from;
    const left = parseOperand(trimmed({ text, from: begin, to: at }), readSegments);
    return {
      kind: "compare",
      operator,
      left,
      right: parseOperand(trimmed({ text, from: at + operator.length, to }), readSegments),
    };
  }
  const isNegated = written.startsWith("!@");
  const path = parseOperand({ text, from: isNegated ? from + 1 : from, to }, readSegments);
  if (path.kind !== "path")
    return fail({ text, position: from }, `a path such as @.field, or one of ${symbols.join(" ")}`);
  return { kind: "exists", path: path.path, wanted: !isNegated };
}

function parseOperand({ text, from, to }: Span, readSegments: ReadSegments): Operand {
  const written = text.slice(from, to);
  if (written.startsWith("!@"))
    fail({ text, position: from }, "'!' before a path alone, where it asks if there is none");
  if (written.startsWith("@") || written.startsWith("$")) {
    const segments = readSegments({ text: text.slice(0, to), position: from + 1 });
    if (!isDefinite(segments)) fail({ text, position: from }, "a path that selects one value");
    return { kind: "path", path: { fromItem: written.startsWith("@"), segments } };
  }
  if (/^'.*'$/s.test(written)) return { kind: "text", text: written.slice(1, -1) };
  const [, source, letters] = /^\/(.+)\/(i?)$/s.exec(written) ?? [];
  if (source === undefined) return { kind: "text", text: written };
  try {
    return { kind: "pattern", pattern: new RegExp(`^(?:${source})$`, letters), source };
  } catch {
    throw new QuerySyntaxError(`Not a regular expression: ${written}`, text, from);
  }
}
