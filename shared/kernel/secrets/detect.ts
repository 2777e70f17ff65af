import { type DeclaredValues, prepareDeclared } from "./declared.ts";
import { redactKey } from "./redact-text.ts";
import { findKeySpans, findSpans, type Span } from "./spans.ts";
import { walk } from "./walk.ts";

export interface SecretOptions {
  /** Values of declared secret variables, of at least 6 characters each. Pass the same array each time: it is prepared once. */
  readonly declared?: readonly string[];
}

/** Where a secret stands and why it was taken for one; never the secret. */
export interface SecretFinding {
  /** RFC 6901. A secret in a key is redacted in the pointer as well. */
  readonly pointer: string;
  readonly rule: string;
}

/**
 * Looks for secrets in every string and every key of a value: known key shapes, values that look random under telling
 * names, and declared values. Binary data is not looked into.
 * @throws {DeclaredSecretUnusable} for a declared value of fewer than 6 characters
 * @throws {TypeError} for a cycle, or more than 1000 levels
 */
export function findSecrets(value: unknown, options: SecretOptions = {}): SecretFinding[] {
  const declared = prepareDeclared(options.declared);
  const findings: SecretFinding[] = [];
  const report = (spans: readonly Span[], path: readonly string[]): void => {
    if (spans.length === 0) return;
    const pointer = pointerOf(path, declared);
    for (const rule of new Set(spans.map(({ rule }) => rule))) findings.push({ pointer, rule });
  };
  walk(value, {
    text: (text, name, path) => {
      report(findSpans(text, name, declared), path);
      return text;
    },
    key: (key, path) => {
      const spans = findKeySpans(key, declared);
      if (spans.length > 0) report(spans, [...path, key]);
      return key;
    },
  });
  return findings;
}

function pointerOf(path: readonly string[], declared: DeclaredValues): string {
  return path.map((key) => `/${redactKey(key, declared).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
