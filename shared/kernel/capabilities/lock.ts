import lock from "../../../capabilities.lock.json" with { type: "json" };
import { canonicalHash } from "../../stores/digest.ts";
import { ChainMismatch } from "../errors.ts";

/** A capability as the lock file has it. */
export interface LockedCapability {
  readonly name: string;
  readonly version: number;
}

/** Of the lock's content, however its file is laid out. */
export const LOCK_SHA256 = canonicalHash(lock);

/**
 * Two builds with one lock do the same around an attempt, in the same order: a run that one began the other may go on with.
 * @throws {ChainMismatch} naming the first difference
 */
export function expectLocked(
  found: readonly LockedCapability[],
  expected: readonly LockedCapability[] = lock.capabilities,
): void {
  for (let place = 0; place < Math.max(found.length, expected.length); place++) {
    const [here, locked] = [describe(found[place]), describe(expected[place])];
    if (here !== locked) throw new ChainMismatch(place + 1, locked, here);
  }
}

function describe(capability: LockedCapability | undefined): string {
  return capability === undefined ? "nothing" : `${capability.name} version ${capability.version}`;
}
