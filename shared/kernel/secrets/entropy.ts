import { withoutMarkers } from "./marker.ts";
import type { Tell } from "./names.ts";

/** Below this many characters a value is a word, a number or a flag more often than a secret. */
const MIN_LENGTH = 8;
/** Shannon entropy in bits for each character: `aaaa1111` has 1, eight different characters have 3. */
const MIN_ENTROPY = 2.5;

/** Values that say where a secret is, or that one goes here, and other things with a form of their own. */
const INNOCENT =
  /^(?:[+-]?\d[\d.,_]*(?:[eE][+-]?\d+)?%?|0[xX][0-9a-fA-F]{1,16}|[*.xX•-]+|\$\{.*\}|\$\$?[.[].*|\$[A-Z_]+|\{[{%].*[%}]\}|<[^>]*>|%[A-Z_]+%|\^.*\$|arn:aws[\w-]*:.*|[a-z][a-z0-9+.-]*:\/\/.*|(?:sha\d{1,3}|md5)[:-].*|[A-Za-z]:\\.*)$/s;

const UUID = /(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/gi;
/** A SHA-256, or what is left of one in a store that makes folders of its first digits. */
const DIGEST = /(?<![0-9a-z])(?:[0-9a-f]{64}|[0-9a-f]{62})(?![0-9a-z])/gi;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;
const ADDRESS = /\b0x[0-9a-f]{1,16}\b/gi;
/** What stands between the words of a name, a path, an ARN, a JSON pointer or a call. */
const SEPARATORS = /(?:%[0-9a-f]{2}|[\s_\-./:,;@#$()[\]{}<>'"*?=|])+/i;
/**
 * Letters that hardly ever follow a letter (the first of each group): fewer than one pair in 5000 of the words, 22,000
 * different ones, in programs and their documentation.
 */
const RARE_AFTER = new Map(
  "aoq bhknqvwxz cbgjqvwxz dhjkqwxz fghjkmnpqvwxz gbdjkpqvwxz hbcdfghjkpqvwxz ihqwy jbcdfghjklmnpqrtvwxyz kbcdfgjkmpqvwxz lhjqwxz mfghjkqvwxz nqx oqz pbgjmqvwxz qabcdefghijklmnopqrstvwxyz rjqxz sjxz tjqx uhjquvwxy vbdfghjklmnpqrtuvwxyz wbcdfgjkmpqtuvwxyz xbdfghjklnoqrsuvwyz ybdfghjkquvwxyz zbcdfghjklmnpqrstuvwxyz"
    .split(" ")
    .map(([first, ...rare]) => [first!, rare.join("")]),
);
const HEX = /^[0-9a-f]{32,}$/i;

/**
 * Whether a value under a telling name is a secret rather than a word, a path, a reference or a number: it is long
 * enough, varied enough, and not of a form that is known to be innocent.
 * @param tell how much the name says: under a `strong` one, even what looks like a SHA-256 is a key
 */
export function looksSecret(value: string, tell: Tell): boolean {
  const bare = withoutMarkers(value);
  if (bare.length < MIN_LENGTH) return false;
  if (/\s/.test(bare)) return bare.split(/\s+/).some((word) => looksSecret(word, tell));
  if (INNOCENT.test(bare)) return false;
  if (!(tell === "strong" && HEX.test(bare))) {
    const rest = bare.replace(UUID, "").replace(DIGEST, "").replace(TIME, "").replace(ADDRESS, "");
    if (rest.split(SEPARATORS).every(isPlain)) return false;
  }
  return shannonEntropy(bare) >= MIN_ENTROPY;
}

/** Bits for each UTF-16 unit. */
function shannonEntropy(text: string): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    counts.set(unit, (counts.get(unit) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** A number, or words with few numbers among them: `sha256`, `x86`, `TransientIo`, `SignatureV4SignWithRegion`. */
function isPlain(segment: string): boolean {
  if (segment.length <= 3 || /^\d+$/.test(segment)) return true;
  if (segment.length > 64) return false;
  if (/^[a-z]+$/i.test(segment)) return isWordy(segment, false);
  if (!/^[\p{L}\d]+$/u.test(segment)) return false;
  const numbers = segment.match(/\d+/g) ?? [];
  return numbers.length <= 2 && numbers.join("").length <= 5 && isWordy(segment, numbers.length > 0);
}

/**
 * Random letters change their case at every other place, and two in five of their pairs are of those below; words, even
 * joined ones, do neither.
 */
function isWordy(segment: string, hasNumbers: boolean): boolean {
  const words = segment.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+/gu) ?? [];
  const mean = words.join("").length / words.length;
  if (words.length > 2 ? mean < 3 : words.length === 2 && hasNumbers && mean < 2.5) return false;
  return rarePairs(segment.toLowerCase()) <= 1 + segment.length / 10;
}

function rarePairs(letters: string): number {
  let rare = 0;
  for (let i = 0; i + 1 < letters.length; i++) if (RARE_AFTER.get(letters[i]!)?.includes(letters[i + 1]!)) rare++;
  return rare;
}
