import { sha256 } from "./digest.ts";

/**
 * JSON objects as text that vouches for itself: the last member, `sha256`, is the hash of a seed and of all before it. A seed
 * that says where the text belongs tells it from the same text elsewhere; the hash of the line before makes lines a chain,
 * whose last line is vouched for too.
 */
export interface Vouched {
  readonly text: string;
  readonly sha256: string;
}

const MEMBER = ',"sha256":"';
const END = '"}';
const DIGITS = 64;
const TAIL = MEMBER.length + DIGITS + END.length;

/** @param text of an object that has members, and none of that name */
export function vouch(seed: string, text: string): Vouched {
  const body = text.slice(0, -1);
  const hash = sha256(seed + body);
  return { text: body + MEMBER + hash + END, sha256: hash };
}

/** The object as it was given to `vouch`, and its hash; undefined for what does not vouch for itself. */
export function readVouched(seed: string, bytes: Buffer): Vouched | undefined {
  const at = bytes.length - TAIL;
  if (at < 1) return undefined;
  const tail = bytes.toString("latin1", at);
  if (!tail.startsWith(MEMBER) || !tail.endsWith(END)) return undefined;
  const hash = tail.slice(MEMBER.length, -END.length);
  const body = bytes.subarray(0, at);
  // The bytes are hashed, not the text: decoding would hide some damage behind U+FFFD.
  if (sha256(Buffer.concat([Buffer.from(seed), body])) !== hash) return undefined;
  return { text: `${body.toString("utf8")}}`, sha256: hash };
}
