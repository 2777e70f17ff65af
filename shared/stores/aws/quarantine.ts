import { sha256 } from "../digest.ts";
import type { SetAside } from "../retention.ts";
import { PREFIXES } from "./layout.ts";
import type { Objects } from "./objects.ts";

/**
 * Objects taken out of service: their bytes under `quarantine/`, with why and when, then the version that was found goes.
 * Two that find the same damage set the same version aside, once.
 */
export interface Quarantine {
  /** `name`: of what it is; the version is added. @returns the key it is under now */
  setAside(name: string, found: FoundObject, why: string): Promise<string>;
  /** A record of something that has no bytes of its own, under a name not taken yet. */
  note(name: string, why: string): Promise<string>;
  /** In order of name. */
  list(): AsyncIterable<SetAside>;
  /** @returns false when it was gone */
  remove(name: string): Promise<boolean>;
}

export interface FoundObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly version: string | undefined;
}

/** S3 takes 2 KB of what is said of an object, and a character that is not ASCII takes up to twelve of them. Bytes, as they are sent. */
const LONGEST_REASON = 1_500;

function shortened(why: string): string {
  let length = 0;
  let kept = "";
  // Half a character, where a text was cut, cannot be sent: it becomes the one that stands for what is none.
  for (const character of Buffer.from(why).toString("utf8")) {
    length += encodeURIComponent(character).length;
    if (length > LONGEST_REASON) break;
    kept += character;
  }
  return kept;
}

export function quarantineIn(objects: Objects, now: () => number): Quarantine {
  const keep = (name: string, bytes: Uint8Array, why: string): Promise<boolean> =>
    objects.putNew(`${PREFIXES.quarantine}${name}`, bytes, sha256(bytes), {
      why: shortened(why),
      since: String(now()),
    });

  return {
    async setAside(name, { key, bytes, version }, why) {
      const versioned = `${name}.${version ?? "unversioned"}`;
      await keep(versioned, bytes, why);
      await objects.remove(key, version);
      return `${PREFIXES.quarantine}${versioned}`;
    },
    async note(name, why) {
      let number = 1;
      while (!(await keep(`${name}.${number}`, new Uint8Array(), why))) number += 1;
      return `${PREFIXES.quarantine}${name}.${number}`;
    },
    async *list() {
      for await (const { name, size } of objects.list(PREFIXES.quarantine)) {
        const head = await objects.head(`${PREFIXES.quarantine}${name}`);
        if (head !== undefined) yield { name, size, since: Number(head.notes.since ?? 0) };
      }
    },
    async remove(name) {
      const head = await objects.head(`${PREFIXES.quarantine}${name}`);
      if (head !== undefined) await objects.remove(`${PREFIXES.quarantine}${name}`, head.version);
      return head !== undefined;
    },
  };
}
