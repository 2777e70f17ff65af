import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import type { MemoryLayout, ProgramImage } from "../../../shared/recompiler/program.ts";
import { type GuestProgram, start } from "./support/guest.ts";
import { compileAndEmulate, lacksTools } from "./support/toolchain.ts";

const STACK_BYTES = 1 << 20;
const EXIT = 4001;
const WRITE = 4004;

function layoutOf(image: ProgramImage): MemoryLayout {
  const end = Math.max(...image.segments.map(({ address, memorySize }) => address + memorySize));
  const first = Math.min(...image.segments.map(({ address }) => address));
  const base = first > 1 << 24 ? first - (first % 65_536) : 0;
  const stackBottom = Math.ceil(end / 65_536) * 65_536;
  const stackTop = stackBottom + STACK_BYTES;
  const bytes = stackTop - base;
  return { base, initialBytes: bytes, maximumBytes: bytes, stackBottom, stackTop, heapStart: stackTop };
}

class Exit extends Error {}

/** Runs the program on a host that knows how to write and to exit, and returns what it wrote. */
function outputOf(elf: Uint8Array): { output: string; notLifted: string[] } {
  const image = loadElf(elf);
  const functions = discoverFunctions(image);
  const source: GuestProgram = { image, layout: layoutOf(image), functions };
  let output = "";
  const guest = start(source, {
    syscall: (machine) => {
      const number = machine.get("v0");
      if (number === EXIT) throw new Exit();
      if (number !== WRITE) throw new Error(`system call ${number}`);
      output += String.fromCharCode(...machine.read(machine.get("a1"), machine.get("a2")));
      machine.set("v0", machine.get("a2"));
      machine.set("a3", 0);
    },
  });
  const entry = functions.find(({ address }) => address === image.entry)!;
  try {
    const trap = guest.call(entry.name, { sp: source.layout.stackTop - 64, t9: image.entry });
    throw new Error(`the program did not exit but ${trap ?? "returned"} at ${guest.trapAddress()}`);
  } catch (thrown) {
    if (!(thrown instanceof Exit)) throw thrown;
  }
  return { output, notLifted: guest.reports.filter(({ status }) => status !== "lifted").map(({ name }) => name) };
}

const PROGRAMS = ["arithmetic", "memory", "control"];
const LEVELS = ["-O0", "-O1", "-O2", "-O3", "-Os"];

/** Code models and processors, with the other switches that change what code looks like. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  "plain mips32r2": ["-mno-abicalls", "-fno-pic"],
  "abicalls mips32r2": ["-mabicalls", "-fno-pic"],
  "position-independent mips32r2": ["-mabicalls", "-fPIC"],
  "mips2, likely branches": ["-mno-abicalls", "-fno-pic", "-march=mips2", "-mbranch-likely"],
  mips1: ["-mno-abicalls", "-fno-pic", "-march=mips1", "-mfp32"],
  "linked high": ["-mno-abicalls", "-fno-pic", "-Wl,-Ttext-segment=0x20000000"],
};

const CASES = (["big", "little"] as const).flatMap((endianness) => [
  ...LEVELS.map((level): [Endianness, string, string] => [endianness, "plain mips32r2", level]),
  ...Object.keys(KINDS)
    .slice(1)
    .map((kind): [Endianness, string, string] => [endianness, kind, "-O2"]),
]);

/** Where registers have 64 bits, and where NaNs are those of 2008, in the one processor of qemu's that has them. */
const FLOAT_KINDS: Readonly<Record<string, readonly [options: readonly string[], processor?: string]>> = {
  "mips1, pairs": [["-march=mips1", "-mfp32"]],
  "mips2, pairs": [["-march=mips2", "-mfp32"]],
  "mips32r2, pairs": [["-mfp32"]],
  "mips32r2, either": [["-mfpxx"]],
  "mips32r2, 64 bits": [["-mfp64"]],
  "mips32r5, 64 bits, 2008 NaNs": [["-march=mips32r5", "-mfp64", "-mnan=2008"], "P5600"],
  "mips32r2, 64 bits, sums of products": [["-mfp64", "-mmadd4", "-ffp-contract=fast"]],
};

const FLOAT_CASES = (["big", "little"] as const).flatMap((endianness) =>
  Object.entries(FLOAT_KINDS).flatMap(([kind, [options, processor]]) =>
    ["-O0", "-O2"].map((level) => ({ endianness, kind, level, options, processor })),
  ),
);

describe.skipIf(lacksTools())("a program of floating point does what it does under qemu", () => {
  it.each(FLOAT_CASES)("$endianness-endian, $kind, $level", ({ endianness, level, options, processor }) => {
    const all = ["-mno-abicalls", "-fno-pic", "-fno-math-errno", ...options, level];
    const { elf, expected } = compileAndEmulate("floating", endianness, all, processor);
    expect(expected).not.toBe("");
    expect(outputOf(elf)).toEqual({ output: expected, notLifted: [] });
  });
});

describe.skipIf(lacksTools())("whole programs do what they do under qemu", () => {
  describe.each(PROGRAMS)("%s", (name) => {
    it.each(CASES)("%s-endian, %s, %s", (endianness, kind, level) => {
      const { elf, expected } = compileAndEmulate(name, endianness, [...KINDS[kind]!, level]);
      expect(expected).not.toBe("");
      expect(outputOf(elf)).toEqual({ output: expected, notLifted: [] });
    });
  });
});
