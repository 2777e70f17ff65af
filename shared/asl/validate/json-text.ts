import type { Interleaved } from "../interleaved.ts";
import { deepestJson } from "../query/json.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { duplicateState } from "./names.ts";
import { fieldAt } from "./shape.ts";

interface Container {
  readonly location: string;
  readonly isStates: boolean;
  readonly keys: Set<string>;
  /** The next element of an array, or `undefined` in an object. */
  index: number | undefined;
}

/** Symbols between two moments at which the check can be left. */
const SYMBOLS_AT_ONCE = 1_000;

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Checks what `JSON.parse` does not tell: names given twice among the states of a machine, and nesting that would
 * exhaust the stack of whoever walks the definition. The text must be JSON.
 */
export function* checkingText(text: string): Interleaved<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  const open: Container[] = [];
  let key: string | undefined;
  let pending: string | undefined;
  let symbols = 0;
  for (const [symbol] of text.matchAll(token)) {
    symbols += 1;
    if (symbols % SYMBOLS_AT_ONCE === 0) yield;
    const parent = open.at(-1);
    if (symbol === "{" || symbol === "[") {
      if (open.length === deepestJson) return [tooDeep];
      open.push(containerIn(parent, key, symbol));
      key = undefined;
    } else if (symbol === "}" || symbol === "]") open.pop();
    else if (symbol === ":") {
      key = JSON.parse(pending!) as string;
      if (parent?.isStates && parent.keys.has(key)) found.push(duplicateState(key, fieldAt(parent.location, key)));
      parent?.keys.add(key);
    } else if (symbol === ",") {
      key = undefined;
      if (parent?.index !== undefined) parent.index += 1;
    } else pending = symbol;
  }
  return found;
}

function containerIn(parent: Container | undefined, key: string | undefined, symbol: "{" | "["): Container {
  const index = symbol === "[" ? 0 : undefined;
  const own = { isStates: key === "States" && symbol === "{", keys: new Set<string>(), index };
  if (parent === undefined) return { ...own, location: "/" };
  const location = key === undefined ? `${parent.location}[${parent.index}]` : fieldAt(parent.location, key);
  return { ...own, location };
}

export const tooDeep: Diagnostic = {
  severity: "ERROR",
  code: "TOO_DEEPLY_NESTED",
  message: `The definition is nested more than ${deepestJson} levels deep`,
};
