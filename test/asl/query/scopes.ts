import type { Entropy, Scope } from "../../../shared/asl/query/index.ts";

/** Entropy that a test can tell: counts up from what it is given. */
export function fixedEntropy(): Entropy {
  let uuids = 0;
  return {
    random: () => 0.25,
    uuid: () => `00000000-0000-4000-8000-${String(uuids++).padStart(12, "0")}`,
    now: () => new Date("2030-06-01T12:00:00.500Z"),
  };
}

export function scopeOf(input: unknown, more: Partial<Scope> = {}): Scope {
  return { input, context: {}, variables: {}, entropy: fixedEntropy(), ...more };
}

/** What a call throws, or undefined. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
