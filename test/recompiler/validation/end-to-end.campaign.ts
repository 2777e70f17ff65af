import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { liftShard, linkShards } from "../../../shared/recompiler/lift/index.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { decodeCaptures, encodeCaptures } from "../../../shared/recompiler/oracle/captures.ts";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import { seededRandomness, steppingClock } from "../../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../../shared/recompiler/runtime/host.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";
import { memoryFiles } from "../../../shared/recompiler/runtime/memory-files.ts";
import { testFunctions } from "../../../shared/recompiler/validation/test-functions.ts";
import { compileAndRun, lacksTools } from "../programs/compile.ts";

const ENDIANNESSES: readonly Endianness[] = ["big", "little"];
const run = { args: ["one", "two words"], stdin: Buffer.from("some input\nfor the program\n".repeat(9)) };
const args = ["program", ...run.args];

/** From a binary to its recompiled module, its tests, and what it does. */
function recompile(bytes: Uint8Array) {
  const image = loadElf(bytes);
  const layout = layoutProcess(image);
  const functions = discoverFunctions(image);
  const { module: shard, reports } = liftShard({ image, layout, functions, members: functions });
  const module = linkShards({ image, layout, functions, shards: [shard] });
  const trace = traceProgram(image, functions, layout, {
    args,
    stdin: run.stdin,
    maxInstructions: 20_000_000,
    capturesPerFunction: 4,
  });
  const captures = decodeCaptures(encodeCaptures(trace.captures));
  const settings = { seed: 7, randomStates: 24, maxInstructions: 3000 };
  const tests = testFunctions({ image, layout, module, functions, captures, settings });
  const files = memoryFiles({ stdin: run.stdin });
  const world = { files, clock: steppingClock(), randomness: seededRandomness() };
  const { endianness, entry } = image;
  const outcome = runModule(module, { layout, endianness, entry, args, env: [] }, world);
  return { trace, reports, tests, outcome, stdout: files.stdout() };
}

describe.skipIf(lacksTools())("a program compiled, lifted, linked", () => {
  const builds = [
    ["mixture.c", "-O0"],
    ["mixture.c", "-O1"],
    ["mixture.c", "-O2"],
    ["mixture.c", "-O3"],
    ["mixture.c", "-Os"],
    ["mixture.c", "-O2 -mabicalls -fPIC"],
    ["instructions.c", "-O2"],
  ] as const;
  it.each(ENDIANNESSES.flatMap((endianness) => builds.map(([source, level]) => [source, level, endianness] as const)))(
    "is tested function by function and does what qemu does: %s %s, %s-endian",
    (source, level, endianness) => {
      const compiled = compileAndRun(source, { endianness, flags: level.split(" ") }, run);
      const { trace, tests, outcome, stdout } = recompile(compiled.bytes);

      expect(Buffer.compare(trace.stdout, compiled.stdout)).toBe(0);
      expect(Buffer.compare(stdout, compiled.stdout)).toBe(0);
      expect(outcome).toMatchObject({ kind: "exit", status: compiled.status, unknownSyscalls: [] });

      const untested = tests.filter(({ status }) => status !== "tested");
      expect(untested.map(({ name, disagreement }) => ({ name, disagreement }))).toEqual([]);
      const called = new Set(trace.calls.filter(({ count }) => count > 0).map((each) => each.function));
      const uncaptured = tests.filter(({ address, captured }) => called.has(address) && captured.conclusive === 0);
      expect(uncaptured.map(({ name }) => name)).toEqual([]);
    },
  );
});
