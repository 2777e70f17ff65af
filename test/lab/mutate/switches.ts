import { afterAll, inject } from "vitest";
import type {} from "./channel.ts";
import { SWITCH } from "./instrument.ts";

/** Loaded before every test file, in its process: the switches that instrumented files ask. */
const { mutant, mostHits = Number.POSITIVE_INFINITY } = inject("mutation");
/** By mutant. Code that runs a million times asks as often. */
const hits: number[] = [];
let asked = 0;

Object.assign(globalThis, {
  [SWITCH]:
    mutant === undefined
      ? (number: number): boolean => {
          hits[number] = (hits[number] ?? 0) + 1;
          return false;
        }
      : (number: number): boolean => {
          if (number !== mutant) return false;
          if (++asked > mostHits) throw new Error(`${ENDLESS} after ${mostHits} times`);
          return true;
        },
});

// biome-ignore lint/correctness/noEmptyPattern: vitest reads which fixtures are wanted from the text of the first parameter.
afterAll(({}, { file }) => {
  file.meta.hits = Object.entries(hits).map(([number, times]) => [Number(number), times] as const);
});

/** Begins what is thrown out of a loop that does not end. */
const ENDLESS = "mutant goes on for ever";
