import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { wordAt } from "../../../shared/recompiler/image.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { decode } from "../../../shared/recompiler/mips/decode.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { isFloatMnemonic, OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import type { ProgramImage } from "../../../shared/recompiler/program.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";
import { compileAndRun, lacksTools } from "../programs/compile.ts";

const ENDIANNESSES: readonly Endianness[] = ["big", "little"];
/** What traps, what has no result, and what depends on the machine: the other tests of this folder try those. */
const TRIED_ELSEWHERE: ReadonlySet<string> = new Set(
  "break j pref rdhwr sync synci teq teqi tge tgei tgeiu tgeu tlt tlti tltiu tltu tne tnei".split(" "),
);

const input = { args: ["one", "two words"], stdin: Buffer.from("some input\nfor the program\n".repeat(9)) };

function runUnderOracle(bytes: Uint8Array) {
  const image = loadElf(bytes);
  const trace = traceProgram(image, discoverFunctions(image), layoutProcess(image), {
    args: ["program", ...input.args],
    stdin: input.stdin,
    maxInstructions: 50_000_000,
    capturesPerFunction: 0,
  });
  return { image, trace };
}

function mnemonicsIn(image: ProgramImage): string[] {
  return image.codeRanges.flatMap(({ start, end }) =>
    Array.from({ length: (end - start) / 4 }, (_, index) => start + index * 4).flatMap(
      (address) => decode(wordAt(image, address) ?? 0, address)?.mnemonic ?? [],
    ),
  );
}

describe.skipIf(lacksTools())("the oracle does what qemu does", () => {
  it.each(ENDIANNESSES)("with every instruction on values where results turn, %s-endian", (endianness) => {
    const compiled = compileAndRun("instructions.c", { endianness, flags: ["-O1"] }, input);
    const { image, trace } = runUnderOracle(compiled.bytes);
    expect(compiled.stdout.length).toBeGreaterThan(300_000);
    expect(Buffer.compare(trace.stdout, compiled.stdout)).toBe(0);
    expect(trace.end).toEqual({ kind: "exit", status: compiled.status, reason: "exit" });

    const present = new Set(mnemonicsIn(image));
    const untried = OPCODES.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !present.has(mnemonic));
    expect(untried.filter((each) => !TRIED_ELSEWHERE.has(each) && !isFloatMnemonic(each))).toEqual([]);
  });

  it.each(ENDIANNESSES.flatMap((endianness) => ["-O0", "-O2", "-Os"].map((level) => [endianness, level] as const)))(
    "with a program as compilers make it, %s-endian at %s",
    (endianness, level) => {
      const compiled = compileAndRun("mixture.c", { endianness, flags: [level] }, input);
      const { trace } = runUnderOracle(compiled.bytes);
      expect(Buffer.from(trace.stdout).toString()).toBe(Buffer.from(compiled.stdout).toString());
      expect(trace.end).toEqual({ kind: "exit", status: compiled.status, reason: "exit" });
      expect(compiled.status).not.toBe(0);
    },
  );

  // biome-ignore format: a table, one row an access
  it.each(ENDIANNESSES.flatMap((endianness) => ([
    ["null",          "read"],
    ["gap",           "read"],
    ["text",          "write"],
    ["constant",      "write"],
    ["stack that has no end", "write"],
  ] as const).map(([argument, access]) => [argument, access, endianness] as const)))(
    "ends a program for what it may not access: %s, %s, %s-endian",
    (argument, access, endianness) => {
      const compiled = compileAndRun("forbidden.c", { endianness, flags: ["-O1"] }, { args: [argument] });
      // qemu dies by the signal that ends its program.
      expect(compiled.status ?? 139).toBe(139);
      const image = loadElf(compiled.bytes);
      const trace = traceProgram(image, discoverFunctions(image), layoutProcess(image), {
        args: ["program", argument],
        maxInstructions: 1_000_000,
        capturesPerFunction: 0,
      });
      expect(trace.end).toMatchObject({ kind: "forbidden_access", access });
    },
  );

  it.each(ENDIANNESSES)("and not for what it may, %s-endian", (endianness) => {
    const compiled = compileAndRun("forbidden.c", { endianness, flags: ["-O1"] }, { args: ["variable"] });
    const image = loadElf(compiled.bytes);
    const { end } = traceProgram(image, discoverFunctions(image), layoutProcess(image), {
      args: ["program", "variable"],
      maxInstructions: 1_000_000,
      capturesPerFunction: 0,
    });
    expect(end).toEqual({ kind: "exit", status: 7, reason: "exit" });
    expect(compiled.status).toBe(7);
  });
});
