import { isPublishedExample } from "./examples.ts";
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
  if (INNOCENT.test(bare) || isPublishedExample(bare)) return false;
  if (!(tell === "strong" && HEX.test(bare))) {
    const rest = bare.replace(UUID, "").replace(DIGEST, "").replace(TIME, "").replace(ADDRESS, "");
    if (rest.split(PARTS).every(isMadeOfWords) && rest.split(SEPARATORS).every(isPlain)) return false;
  }
  return shannonEntropy(bare) >= MIN_ENTROPY;
}

/** Bits for each UTF-16 unit. */
export function shannonEntropy(text: string): number {
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
  return (
    numbers.length <= (segment.length <= 8 ? 2 : 1) &&
    numbers.join("").length <= 5 &&
    isWordy(segment, numbers.length > 0)
  );
}

/** As above but for the two signs of base64url, between which a random text may have words by chance. */
const PARTS = /[\s./:,;@#$()[\]{}<>'"*?=|%]+/;
/** What has more words than this is random if they are short: by chance, a part of what is random looks like a word. */
const MANY_WORDS = 5;

function isMadeOfWords(text: string): boolean {
  const words = text.match(WORD) ?? [];
  return words.length <= MANY_WORDS || Math.min(meanLength(words), medianLength(words)) >= 4;
}

const WORD = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+/gu;

function meanLength(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + word.length, 0) / words.length;
}

/** One long row of capitals makes random text as long in the mean as words are; not in the median. */
function medianLength(words: readonly string[]): number {
  const lengths = words.map(({ length }) => length).sort((a, b) => a - b);
  return lengths[(lengths.length - 1) >> 1] ?? 0;
}

/** Letters of one case in a row: no word is longer, and a joined one hardly ever. */
const MAX_WORD = 24;

/** Random letters change their case at every other place; words, even joined ones, do not. */
function isWordy(segment: string, hasNumbers: boolean): boolean {
  const words = segment.match(WORD) ?? [];
  if (words.some((word) => word.length > MAX_WORD)) return false;
  const mean = meanLength(words);
  return !(words.length > 2 ? mean < 3 : words.length === 2 && hasNumbers && mean < 2.5);
}
