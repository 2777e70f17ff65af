/** Draws characters from a seed: the same ones everywhere, and none of them in the repository. */
export interface Draw {
  /** `count` characters of a set. */
  of(characters: string, count: number): string;
  /** Lowercase hexadecimal digits. */
  hex(count: number): string;
  /** Letters of both cases and digits. */
  word(count: number): string;
  lower(count: number): string;
  upper(count: number): string;
  digits(count: number): string;
  bytes(count: number): Buffer;
  uuid(): string;
  /** A password with letters of both cases, digits and signs that no syntax needs. */
  password(count: number): string;
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const WORD = LOWER + LOWER.toUpperCase() + DIGITS;

export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  /** Mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const of = (characters: string, count: number): string =>
    Array.from({ length: count }, () => characters[Math.floor(next() * characters.length)]!).join("");
  const hex = (count: number): string => of("0123456789abcdef", count);
  return {
    of,
    hex,
    word: (count) => of(WORD, count),
    lower: (count) => of(LOWER + DIGITS, count),
    upper: (count) => of(LOWER.toUpperCase() + DIGITS, count),
    digits: (count) => of("123456789", 1) + of(DIGITS, count - 1),
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => Math.floor(next() * 256))),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    password: (count) => of(LOWER, 1) + of(LOWER.toUpperCase(), 1) + of(DIGITS, 2) + of(`${WORD}!*_-.`, count - 4),
  };
}
