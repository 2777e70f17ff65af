import type { DeclaredValues } from "./declared.ts";
import { marker } from "./marker.ts";
import { findKeySpans, findSpans } from "./spans.ts";

/** Redacting may join what stood apart into something new; after so many rounds, nothing of the text is kept. */
const MAX_ROUNDS = 4;

/** As `redactText` does for a key. */
export function redactKey(key: string, declared: DeclaredValues): string {
  return findKeySpans(key, declared).length === 0 ? key : redactText(key, undefined, declared);
}

/** The text with a marker in place of each secret in it; the same string where there is none. */
export function redactText(text: string, name: string | undefined, declared: DeclaredValues): string {
  let redacted = text;
  for (let round = 0; ; round++) {
    const spans = findSpans(redacted, name, declared);
    if (spans.length === 0) return redacted;
    if (round === MAX_ROUNDS) return marker(spans[0]!.rule);
    let out = "";
    let from = 0;
    for (const { start, end, rule } of spans) {
      out += redacted.slice(from, start) + marker(rule);
      from = end;
    }
    redacted = out + redacted.slice(from);
  }
}
