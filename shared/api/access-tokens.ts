import { createHash, timingSafeEqual } from "node:crypto";

/** What a token looks like: 32 random bytes. What does not is looked up nowhere. */
const FORM = /^restep_[A-Za-z0-9_-]{43}$/;

/** @param random 32 bytes that nobody can guess */
export function accessToken(random: Uint8Array): string {
  return `restep_${Buffer.from(random).toString("base64url")}`;
}

/** What is kept of a token: of something so random no more is needed to keep it from being found again. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Whether a caller shows one of the tokens. It takes as long whichever it is, and however much of one is right. */
export async function isOneOf(shown: string, kept: AsyncIterable<{ readonly sha256: string }>): Promise<boolean> {
  if (!FORM.test(shown)) return false;
  const digest = Buffer.from(tokenDigest(shown), "hex");
  let isFound = false;
  for await (const { sha256 } of kept) {
    const other = Buffer.from(sha256, "hex");
    isFound = (other.length === digest.length && timingSafeEqual(other, digest)) || isFound;
  }
  return isFound;
}
