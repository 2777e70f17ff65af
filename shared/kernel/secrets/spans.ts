import { assignedSecrets } from "./assignments.ts";
import { collectedSpans, ruleUnder } from "./collected.ts";
import type { DeclaredValues } from "./declared.ts";
import { decodedViews, type View } from "./decode.ts";
import { looksSecret } from "./entropy.ts";
import { isPublishedExample } from "./examples.ts";
import { tellOf } from "./names.ts";
import { mayHoldShape, SHAPE_RULES } from "./rules.ts";

/** Characters `[start, end)` of a text that are a secret. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** Rule of a value that stands under a telling name and has no known shape. */
const NAMED = "named-secret";
/** Rule of a declared value. */
export const DECLARED = "declared-value";

/** No shape, declared value or assignment is shorter. */
const MIN_TEXT = 6;
const MAX_CLEAN_KEYS = 4_096;
const NONE: readonly Span[] = [];

/** Shapes that only count together with a name. */
const NAMED_SHAPES = [
  { id: "aws-secret-access-key", name: /aws|secret.?access.?key/i, value: /^[A-Za-z0-9+/]{40}$/ },
] as const;

const SHAPES = SHAPE_RULES.map(({ id, pattern, isSecret }) => ({
  id,
  pattern: new RegExp(pattern.source, "dg"),
  isSecret: isSecret ?? (() => true),
}));

/**
 * The secrets in a text, in order and apart from each other.
 * @param name what the value is called: under a telling name, all of a value that looks like a secret is one span
 */
export function findSpans(text: string, name: string | undefined, declared: DeclaredValues): readonly Span[] {
  if (text.length < MIN_TEXT) return NONE;
  const found = scan(text, declared);
  for (const view of decodedViews(text)) {
    for (const span of scan(view.text, declared)) found.push(standing(span, view));
  }
  const issued = name === undefined ? undefined : ruleUnder(name, text);
  if (issued !== undefined) return [{ start: 0, end: text.length, rule: issued }];
  const tell = name === undefined ? undefined : tellOf(name);
  if (tell !== undefined && looksSecret(text, tell)) {
    const shape = found.find(({ rule }) => rule !== NAMED)?.rule;
    return [{ start: 0, end: text.length, rule: shape ?? namedRule(name!, text) }];
  }
  return found.length < 2 ? found : join(found);
}

/** As `findSpans` does for a key: it has no name, and most keys were seen before. */
export function findKeySpans(key: string, declared: DeclaredValues): readonly Span[] {
  if (declared.cleanKeys.has(key)) return NONE;
  const spans = findSpans(key, undefined, declared);
  if (spans.length === 0 && key.length <= 128) {
    if (declared.cleanKeys.size >= MAX_CLEAN_KEYS) declared.cleanKeys.clear();
    declared.cleanKeys.add(key);
  }
  return spans;
}

function scan(text: string, declared: DeclaredValues): Span[] {
  const found: Span[] = [];
  if (mayHoldShape(text)) {
    for (const { id, pattern, isSecret } of SHAPES) {
      for (const match of text.matchAll(pattern)) {
        const [start, end] = match.indices![1] ?? match.indices![0]!;
        const value = text.slice(start, end);
        if (isSecret(value) && !isPublishedExample(value)) found.push({ start, end, rule: id });
      }
    }
  }
  for (const span of collectedSpans(text)) {
    // Where both know the shape, the row that says where it is described names it.
    const own = found.find(({ start, end }) => start < span.end && span.start < end);
    found.push({ ...span, rule: own?.rule ?? span.rule });
  }
  if (declared.areIn(text)) {
    for (const { 0: value, index } of text.matchAll(declared.pattern)) {
      const end = index + value.length;
      const [from, to] = declared.isBase64(value) ? widen(text, index, end) : [index, end];
      found.push({ start: from, end: to, rule: DECLARED });
    }
  }
  for (const { name, rule, start, end } of assignedSecrets(text)) {
    found.push({ start, end, rule: rule ?? namedRule(name, text.slice(start, end)) });
  }
  return found;
}

/** A span of a decoded text, as it stands in the text itself. */
function standing({ start, end, rule }: Span, { origin }: View): Span {
  return { start: origin(start), end: origin(end), rule };
}

/** Over the base64 characters that share their bits with the secret: two on either side at most. */
function widen(text: string, start: number, end: number): [start: number, end: number] {
  const isDigit = (index: number): boolean => /[\w+/=-]/.test(text[index] ?? " ");
  let [from, to] = [start, end];
  while (from > 0 && start - from < 2 && isDigit(from - 1)) from--;
  while (to - end < 2 && isDigit(to)) to++;
  return [from, to];
}

function namedRule(name: string, value: string): string {
  return NAMED_SHAPES.find((shape) => shape.name.test(name) && shape.value.test(value))?.id ?? NAMED;
}

/** Overlapping spans become one; a rule that knows the shape names it. */
function join(spans: Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans.sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || span.start >= last.end) joined.push(span);
    else {
      const rule = last.rule === NAMED ? span.rule : last.rule;
      joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, span.end), rule };
    }
  }
  return joined;
}
