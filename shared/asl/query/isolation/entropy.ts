import { createHash } from "node:crypto";
import { type Entropy, type Scope, systemEntropy } from "../scope.ts";
import type { EntropySeed } from "./job.ts";

/** @param drawsNumbers otherwise none are taken from the execution */
export function seedOf(scope: Scope, drawsNumbers: boolean): EntropySeed {
  const entropy = scope.entropy ?? systemEntropy;
  const now = entropy.now().getTime();
  return drawsNumbers ? { now, random: entropy.random(), uuid: entropy.uuid() } : { now, random: 0, uuid: "" };
}

/** Entropy that follows from a seed, so that the thread has to ask nobody. */
export function seededEntropy({ now, random, uuid }: EntropySeed): Entropy {
  const digest = (purpose: string): Buffer => createHash("sha256").update(`${purpose} ${uuid} ${random}`).digest();
  let next: (() => number) | undefined;
  let uuids = 0;
  return {
    now: () => new Date(now),
    random() {
      if (next !== undefined) return next();
      next = generator(digest("random"));
      return random;
    },
    uuid: () => (uuids++ === 0 ? uuid : asUuid(digest(`uuid ${uuids}`))),
  };
}

/** Chris Doty-Humphrey's Small Fast Counter, of 128 bits. */
function generator(seed: Buffer): () => number {
  let [a, b, c, counter] = [0, 4, 8, 12].map((offset) => seed.readInt32LE(offset)) as [number, number, number, number];
  return () => {
    const drawn = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + drawn) | 0;
    return (drawn >>> 0) / 2 ** 32;
  };
}

/** Version 4, by the bits that say so. */
function asUuid(bytes: Buffer): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
