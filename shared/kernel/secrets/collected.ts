import type { CollectedName, CollectedShape } from "./collected-form.ts";
import { COLLECTED_NAMES, COLLECTED_SHAPES } from "./collection.ts";
import { shannonEntropy } from "./entropy.ts";
import { isPublishedExample } from "./examples.ts";
import { SUPPLEMENT_NAMES, SUPPLEMENT_SHAPES } from "./supplement.ts";

/** Characters `[start, end)` of a text, and the rule by which they are a secret. */
interface CollectedSpan {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** One rule of the collection, compiled when a text first holds one of its words. */
interface Shape {
  readonly id: string;
  readonly pattern: () => RegExp;
  readonly entropy: number;
}

/** A value that counts under the names it was asked for. */
interface NamedShape {
  readonly id: string;
  readonly value: RegExp;
  readonly entropy: number;
}

export const SHAPES: readonly CollectedShape[] = [...COLLECTED_SHAPES, ...SUPPLEMENT_SHAPES];
export const NAMES: readonly CollectedName[] = [...COLLECTED_NAMES, ...SUPPLEMENT_NAMES];

const NONE: readonly NamedShape[] = [];
const byWord = new Map<string, Shape[]>();
for (const { id, words, pattern, entropy = 0 } of SHAPES) {
  let compiled: RegExp | undefined;
  const shape: Shape = {
    id,
    pattern: () => {
      compiled ??= new RegExp(pattern, "dg");
      return compiled;
    },
    entropy,
  };
  for (const word of words) byWord.set(word, [...(byWord.get(word) ?? []), shape]);
}
/** Of two words the longer first, so that each is found where the other begins with it. */
const WORDS = [...byWord.keys()].sort((a, b) => b.length - a.length);
const ANY_WORD = new RegExp(WORDS.map(escapeRegExp).join("|"), "i");

/** What the kept collection knows without a name. Most texts hold none of its words, and cost one look for all of them. */
export function collectedSpans(text: string): readonly CollectedSpan[] {
  if (!ANY_WORD.test(text)) return [];
  const lower = text.toLowerCase();
  const shapes = new Set(WORDS.filter((word) => lower.includes(word)).flatMap((word) => byWord.get(word)!));
  const spans: CollectedSpan[] = [];
  for (const { id, pattern, entropy } of shapes) {
    for (const match of text.matchAll(pattern())) {
      const [start, end] = match.indices![1] ?? match.indices![0]!;
      const found = text.slice(start, end);
      if (shannonEntropy(found) > entropy && !isPublishedExample(found)) spans.push({ start, end, rule: id });
    }
  }
  return spans;
}

/** The last word of a name whose value grants something: `HEROKU_API_KEY`, `netlify.auth`, `datadogToken`. */
const GRANTING = /(?:key|token|secret|passw(?:or)?d|pwd|pass|pat|auth|credentials?|api)s?(?:[_.-]?\d+)?$/i;
const MAX_NAME = 128;
const MAX_REMEMBERED = 4_096;
const remembered = new Map<string, readonly NamedShape[]>();
let compiledNames: readonly (NamedShape & { readonly word: RegExp; readonly alone: RegExp })[] | undefined;

/** What values under a name may look like, by the issuer that the name names. */
export function shapesUnder(name: string): readonly NamedShape[] {
  if (name.length < 4 || name.length > MAX_NAME) return NONE;
  const known = remembered.get(name);
  if (known !== undefined) return known;
  compiledNames ??= NAMES.map(({ id, word, value, entropy = 0 }) => ({
    id,
    word: new RegExp(word, "i"),
    alone: new RegExp(`^(?:${word})$`, "i"),
    value: new RegExp(`^(?:${value})$`),
    entropy,
  }));
  const grants = GRANTING.test(name);
  const shapes = compiledNames.filter(({ word, alone }) => (grants ? word.test(name) : alone.test(name)));
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(name, shapes.length === 0 ? NONE : shapes);
  return shapes;
}

/** The rule by which a value under a name is a secret of the issuer that the name names. */
export function ruleUnder(name: string, value: string): string | undefined {
  return shapesUnder(name).find((shape) => shape.value.test(value) && shannonEntropy(value) > shape.entropy)?.id;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
