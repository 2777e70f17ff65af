import { afterAll, inject } from "vitest";
import type {} from "./channel.ts";
import { SWITCH } from "./instrument.ts";

/** Loaded before every test file, in its process: the switches that instrumented files ask. */
const { mutant, mostHits = Number.POSITIVE_INFINITY } = inject("mutation");
const hits = new Map<number, number>();

Object.assign(globalThis, {
  [SWITCH](number: number): boolean {
    const times = (hits.get(number) ?? 0) + 1;
    hits.set(number, times);
    if (number !== mutant) return false;
    if (times > mostHits) throw new Error(`${ENDLESS} after ${times} times`);
    return true;
  },
});

// biome-ignore lint/correctness/noEmptyPattern: vitest reads which fixtures are wanted from the text of the first parameter.
afterAll(({}, { file }) => {
  file.meta.hits = [...hits];
});

/** Begins what is thrown out of a loop that does not end. */
const ENDLESS = "mutant goes on for ever";
