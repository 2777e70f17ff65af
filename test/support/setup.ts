/** Runs before each test file: one seed for all that is random, V8 as it starts, and the processor time that the file takes. */

import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { afterAll, inject } from "vitest";
import { cpuSeconds } from "./cpu.ts";
import { yardstick } from "./yardstick.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Processor time of the file and of the processes that it waited for. */
    cpuSeconds?: number;
    /** Seconds that the yardstick took beside it. */
    yardstick?: number;
  }
}

fc.configureGlobal({ seed: inject("seed") });

// A recompiled program that ran in this process had all code of every module optimised first, which is not what others ask for.
setFlagsFromString("--liftoff");
setFlagsFromString("--wasm-lazy-compilation");

const measured = yardstick();
const before = cpuSeconds();
// Of a setup file, this is when the whole of the test file is over.
// biome-ignore lint/correctness/noEmptyPattern: vitest reads which fixtures a hook wants from its pattern
afterAll(({}, file) => {
  file.meta.cpuSeconds = cpuSeconds() - before;
  file.meta.yardstick = measured;
});
