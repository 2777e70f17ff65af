import { prepareDeclared } from "./declared.ts";
import type { SecretOptions } from "./detect.ts";
import { redactKey, redactText } from "./redact-text.ts";
import { walk } from "./walk.ts";

/**
 * The value with `[redacted:<rule>]` in place of every secret: of the part of a string that is one, or of all of it
 * under a telling name. Structure is kept and the input left alone; a clean value is given back as it is.
 * @throws {DeclaredSecretUnusable} for a declared value of fewer than 6 characters
 * @throws {TypeError} for a cycle, or more than 1000 levels
 */
export function redact<T>(value: T, options: SecretOptions = {}): T {
  const declared = prepareDeclared(options.declared);
  return walk(value, {
    text: (text, name) => redactText(text, name, declared),
    key: (key) => redactKey(key, declared),
  }) as T;
}
