/** What every form of symbol file comes down to. */

import { SymbolFileError } from "../errors.ts";

/** A function that a symbol file tells of. */
export interface SymbolFileEntry {
  readonly name: string;
  readonly address: number;
  /** Bytes; 0 where the file does not say. */
  readonly size: number;
  /** Where it stands in the file: `line 12`, `section 0, function 3`. */
  readonly where: string;
  /** Whether the file says that it is a function: one that may be data is left out without a word where there is no code. */
  readonly isStated: boolean;
}

/** One form of symbol file. */
export interface SymbolFileFormat {
  readonly name: string;
  /** Whether two names of one address are usual in it, and nobody has to be told. */
  readonly hasAliases: boolean;
  /** Whether a file is of this form, by its first line that is neither empty nor a comment, and all of them. */
  recognises(first: string, lines: readonly string[]): boolean;
  /** @throws SymbolFileError for what is not of the form */
  read(lines: readonly string[]): SymbolFileEntry[];
}

export function faultAt(where: string, expected: string, found: string): SymbolFileError {
  return new SymbolFileError({ where, expected, found });
}

const LONGEST_QUOTE = 80;

/** Text of the file, fit to show in a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

/**
 * An address of 32 bits, from hexadecimal digits: 64-bit tools write one with its sign extended, or with zeros before it.
 *
 * @returns undefined for one that is none
 */
export function addressOfDigits(digits: string): number | undefined {
  if (!/^[0-9a-f]{1,16}$/i.test(digits)) return undefined;
  const rest = digits.slice(0, -8);
  const low = Number.parseInt(digits.slice(-8), 16);
  if (/^0*$/.test(rest) || (/^f{8}$/i.test(rest) && low >= 2 ** 31)) return low;
  return undefined;
}

/** A number as C writes it: decimal, or hexadecimal behind `0x`. */
export function numberOf(text: string): number | undefined {
  const hexadecimal = /^0x([0-9a-f]+)$/i.exec(text);
  if (hexadecimal !== null) return addressOfDigits(hexadecimal[1]!);
  return /^[0-9]{1,10}$/.test(text) && Number(text) < 2 ** 32 ? Number(text) : undefined;
}
