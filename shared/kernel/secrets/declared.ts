import { DeclaredSecretUnusable } from "./errors.ts";

/** Shorter values stand in ordinary text by chance. */
export const MIN_DECLARED_LENGTH = 6;

/** Finds declared values, however they are encoded. */
export interface DeclaredValues {
  /** Whether any is in a text: far cheaper than the pattern. */
  readonly areIn: (text: string) => boolean;
  /** Global. */
  readonly pattern: RegExp;
  /** Matches that are the inside of a base64 text: the characters beside them carry bits of the secret as well. */
  readonly isBase64: (found: string) => boolean;
  /** Keys that were looked at and hold no secret: contracts repeat them. */
  readonly cleanKeys: Set<string>;
}

const NOTHING = byNeedles(new Set(), new Set());
/** Callers declare once and look often. */
const prepared = new WeakMap<readonly string[], DeclaredValues>();

/**
 * Prepares the values of declared secret variables for searching: as they are, in base64 and base64url at all three
 * alignments, in hex, and with `+` for blanks. JSON escapes and percent-encoding are resolved before the search.
 * @throws {DeclaredSecretUnusable} for a value of fewer than 6 characters, naming its place but not the value
 */
export function prepareDeclared(declared: readonly string[] = []): DeclaredValues {
  if (declared.length === 0) return NOTHING;
  const known = prepared.get(declared);
  if (known !== undefined) return known;
  const values = prepare(declared);
  prepared.set(declared, values);
  return values;
}

function prepare(declared: readonly string[]): DeclaredValues {
  const plain = new Set<string>();
  const encoded = new Set<string>();
  for (const [index, value] of declared.entries()) {
    if (value.trim().length < MIN_DECLARED_LENGTH) {
      throw new DeclaredSecretUnusable(
        `declared secret ${index + 1} of ${declared.length}: expected at least ${MIN_DECLARED_LENGTH} characters, ` +
          `found ${value.trim().length}; a value this short stands in ordinary text. Use a longer secret, or do not declare it`,
      );
    }
    const bytes = Buffer.from(value);
    plain.add(value).add(value.replaceAll(" ", "+"));
    plain.add(bytes.toString("hex")).add(bytes.toString("hex").toUpperCase());
    for (const core of base64Cores(bytes)) {
      encoded.add(core).add(core.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  return byNeedles(plain, encoded);
}

function byNeedles(plain: ReadonlySet<string>, encoded: ReadonlySet<string>): DeclaredValues {
  const needles = [...plain, ...encoded].sort((a, b) => b.length - a.length);
  return {
    areIn: (text) => needles.some((needle) => text.includes(needle)),
    pattern: new RegExp(needles.map(escapeRegExp).join("|"), "g"),
    isBase64: (found) => encoded.has(found) && !plain.has(found),
    cleanKeys: new Set(),
  };
}

/** The characters of a base64 text that only these bytes decide, where 0, 1 or 2 bytes of a group stand before them. */
function base64Cores(bytes: Uint8Array): string[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const first = shift === 0 ? 0 : shift + 1;
    const last = (shift + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(first, last);
  });
}

/** Stand-in for RegExp.escape, which Node 20 does not have. */
function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
