import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { OPERATION_NAMES } from "../../../shared/recompiler/float/operations.ts";
import { initialControl } from "../../../shared/recompiler/float/status.ts";
import type { FloatControl } from "../../../shared/recompiler/lift/use.ts";
import type { GuestTrap } from "../../../shared/recompiler/machine.ts";
import { isFloatMnemonic, type Mnemonic, OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import type { GuestFunction, ProgramImage } from "../../../shared/recompiler/program.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";
import { signalName, signalOf } from "../../../shared/recompiler/runtime/signals.ts";
import { liftTrials, RESULT_WORDS, SEEN, trialsSeen } from "../lift/support/lifted-trials.ts";
import { lacksTools } from "../programs/compile.ts";
import {
  type Machine,
  RESULT_BYTES,
  type Trial,
  trialOfText,
  trialsOf,
  withProgram,
} from "./support/instruction-program.ts";
import { SLICE_MACHINES, SLICE_MNEMONICS, STATES_OF_SLICE, sliceLine } from "./support/instruction-slice.ts";
import { instructionStates } from "./support/instruction-states.ts";
import { operationOf, sharedResult } from "./support/shared-arithmetic.ts";

/** Random states for each instruction, besides all pairs of boundaries. 10,000 take some minutes. */
const STATES = Number(process.env.RESTEP_INSTRUCTION_STATES ?? 1000);
const LONG = 600_000;
/** Registers and immediates of each instruction, chosen so often; each choice has states of its own. */
const CHOICES = [1, 2];

const MACHINES: readonly Machine[] = [
  { endianness: "big", registerBits: 32, isNan2008: false },
  { endianness: "little", registerBits: 64, isNan2008: false },
  { endianness: "big", registerBits: 64, isNan2008: true },
  { endianness: "little", registerBits: 32, isNan2008: false },
];

const nameOf = ({ endianness, registerBits, isNan2008 }: Machine): string =>
  `${endianness}-endian, registers of ${registerBits} bits, ${isNan2008 ? "2008" : "legacy"} NaNs`;

/** What ends a program, and jumps out of the trial. */
const TRIED_ELSEWHERE: ReadonlySet<Mnemonic> = new Set([
  "break", "syscall", "j", "jal", "jr", "jalr",
  "teq", "teqi", "tge", "tgei", "tgeiu", "tgeu", "tlt", "tlti", "tltiu", "tltu", "tne", "tnei",
]); // biome-ignore format: a list
const NEEDS_WIDE_REGISTERS = /\.l\b|^[ls]uxc1/;

function triedOn({ registerBits }: Machine): Mnemonic[] {
  const tried = OPCODES.map(({ mnemonic }) => mnemonic).filter((each) => !TRIED_ELSEWHERE.has(each));
  return registerBits === 64 ? tried : tried.filter((each) => !NEEDS_WIDE_REGISTERS.test(each));
}

function runOracle(image: ProgramImage, args: readonly string[]) {
  const [{ start, end } = { start: 0, end: 0 }] = image.codeRanges;
  const whole: GuestFunction = { index: 0, name: "__start", address: start, size: end - start, origin: "entry" };
  const input = { args: ["program", ...args], maxInstructions: 2 ** 31 - 1, capturesPerFunction: 0 };
  return traceProgram(image, [whole], layoutProcess(image), input);
}

const hexadecimal = (words: Iterable<number>): string =>
  Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");

/** Words as a program of the byte order writes them. */
function wordsOf(bytes: Uint8Array, { endianness }: Machine): Int32Array {
  const copy = Buffer.from(bytes);
  if (endianness === "big") copy.swap32();
  return new Int32Array(copy.buffer, copy.byteOffset, copy.length / 4);
}

/** What qemu leaves of each trial on each state; and the program. */
interface Judged {
  readonly image: ProgramImage;
  readonly trials: readonly Trial[];
  readonly states: readonly (readonly number[])[];
  readonly expected: Int32Array;
}

function judgedByQemu(machine: Machine, trials: readonly Trial[], states: readonly (readonly number[])[]): Judged {
  return withProgram(machine, trials, states, "each on all", ({ elf, command: [emulator, ...args] }) => {
    const { stdout, status } = spawnSync(emulator, args, { maxBuffer: 2 ** 30 });
    expect({ status, bytes: stdout.length }).toEqual({
      status: 0,
      bytes: trials.length * states.length * RESULT_BYTES,
    });
    return { image: loadElf(elf), trials, states, expected: wordsOf(stdout, machine) };
  });
}

type Difference = Readonly<Record<"text" | "state" | "qemu" | "found", string>>;

function isSame(found: Int32Array, expected: Int32Array, start: number, seen: number): boolean {
  let different = (found[0]! ^ expected[start]!) & seen;
  for (let word = 1; word < RESULT_WORDS; word++) different |= found[word]! ^ expected[start + word]!;
  return different === 0;
}

/** The first state of each trial whose results are not the same. @param seen bits of FCSR that count */
function differences(
  { trials, states, expected }: Judged,
  tried: readonly Trial[],
  resultOf: (trial: Trial, state: readonly number[], start: number) => Int32Array | string,
  seen = -1,
): readonly Difference[] {
  return tried.flatMap((trial) => {
    const position = trials.indexOf(trial);
    for (const [index, state] of states.entries()) {
      const start = (position * states.length + index) * RESULT_WORDS;
      const found = resultOf(trial, state, start);
      if (typeof found !== "string" && isSame(found, expected, start, seen)) continue;
      const qemu = hexadecimal(expected.subarray(start, start + RESULT_WORDS));
      const shown = typeof found === "string" ? found : hexadecimal(found);
      return [{ text: trial.text, state: hexadecimal(state), qemu, found: shown }];
    }
    return [];
  });
}

/** What of the lifted trials is not as qemu has it. */
function liftedDifferences(judged: Judged, control: FloatControl, mnemonics: ReadonlySet<string>) {
  const tried = trialsSeen(judged.trials, control).filter(({ text }) => mnemonics.has(text.split(" ")[0]!));
  const lifted = liftTrials(judged.image, judged.trials, tried);
  expect(lifted).toMatchObject({ control, obstacles: [] });
  const result = new Int32Array(RESULT_WORDS);
  const run = (trial: Trial, state: readonly number[]) => {
    const trap = lifted.run(trial, state, result);
    return trap === undefined ? result : `${trap.kind} at ${trap.address?.toString(16)}`;
  };
  return differences(judged, tried, run, SEEN[control]);
}

/** All pairs, each in any one mode; with as many states as a release is tried with, in every mode. */
const PAIRS = STATES < 10_000 ? {} : { ofPairs: [0, 1, 2, 3] };

const CASES = MACHINES.flatMap((machine) =>
  CHOICES.map((choice) => ({ machine, name: `${nameOf(machine)}, choice ${choice} of operands` })),
);

const isWithout = lacksTools();

// Each by its whole name, so that one can be asked for.
for (const { machine, name } of CASES) describe.skipIf(isWithout)(name, () => tryMachine(machine, name));

function tryMachine(machine: Machine, name: string): void {
  const mnemonics = triedOn(machine);
  const states = instructionStates(name, STATES, PAIRS);
  const counts = `${mnemonics.length} instructions, ${states.length - STATES} pairs of boundaries and ${STATES} random states`;
  let judged: Judged;

  beforeAll(() => {
    judged = judgedByQemu(machine, trialsOf(mnemonics, machine, name, 1), states);
  }, LONG);
  afterAll(() => {
    judged = undefined as unknown as Judged;
  });

  it(
    `the oracle does what qemu does: ${counts}`,
    () => {
      const { registerBits, isNan2008 } = machine;
      expect(judged.image.float).toEqual({ registerBits, isNan2008 });
      const trace = runOracle(judged.image, []);
      expect(trace.end).toEqual({ kind: "exit", status: 0, reason: "exit" });
      const found = wordsOf(trace.stdout, machine);
      expect(found.length).toBe(judged.expected.length);
      expect(differences(judged, judged.trials, (_, __, start) => found.subarray(start, start + RESULT_WORDS))).toEqual(
        [],
      );
    },
    LONG,
  );

  it.each(["moded", "observed"] as const)(
    `lifted code does what qemu does, %s: ${counts}`,
    (control) => {
      expect(liftedDifferences(judged, control, new Set(mnemonics))).toEqual([]);
    },
    LONG,
  );

  it(
    `arithmetic that lifted code and oracle share does what qemu does: ${counts}`,
    () => {
      const asked = new Set<string>();
      const operations = judged.trials.filter(({ text }) => operationOf(text) !== undefined);
      const found = differences(judged, operations, ({ text }, state, start) => {
        asked.add(operationOf(text)!);
        return sharedResult(text, state, judged.expected.subarray(start, start + RESULT_WORDS), machine);
      });
      expect(found).toEqual([]);
      const missing = OPERATION_NAMES.filter((each) => !asked.has(each) && !each.startsWith("noted"));
      expect(missing.filter((each) => machine.registerBits === 64 || !/l\.|froml/.test(each))).toEqual([]);
    },
    LONG,
  );

  it(
    `lifted code does what qemu does, plain, in the usual mode: ${counts}`,
    () => {
      const floats = mnemonics.filter((each) => isFloatMnemonic(each) && !/^c[ft]c1/.test(each));
      const usual = instructionStates(`${name} usual`, STATES, { isUsual: true });
      const trials = trialsOf(floats, machine, `${name} usual`, 1);
      expect(liftedDifferences(judgedByQemu(machine, trials, usual), "plain", new Set(floats))).toEqual([]);
    },
    LONG,
  );
}

describe.skipIf(isWithout)("the slice of it that is tried without qemu", () => {
  it("is what qemu gives", async () => {
    const lines = SLICE_MACHINES.flatMap((machine) => {
      const trials = trialsOf(SLICE_MNEMONICS, machine, "slice", 1);
      const all = instructionStates("slice", STATES_OF_SLICE * trials.length);
      const states = all.slice(-STATES_OF_SLICE * trials.length);
      return withProgram(machine, trials, states, "each on all", ({ command: [emulator, ...args] }) => {
        const { stdout } = spawnSync(emulator, args, { maxBuffer: 2 ** 30 });
        return trials.flatMap(({ text }, position) =>
          Array.from({ length: STATES_OF_SLICE }, (_, index) => {
            const state = position * STATES_OF_SLICE + index;
            const start = (position * states.length + state) * RESULT_BYTES;
            const results = Array.from({ length: RESULT_BYTES / 4 }, (_, word) =>
              stdout.readUInt32BE(start + word * 4),
            );
            return sliceLine(text, controlled(states[state]!, machine), results);
          }),
        );
      });
    });
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("fixtures/float-operations.txt");
  });
});

/** FCSR holds the kind of NaNs, which no program can change. */
const controlled = ([control = 0, ...rest]: readonly number[], { isNan2008 }: Machine): readonly number[] => [
  (control | initialControl(isNan2008)) >>> 0,
  ...rest,
];

/** Enables of FCSR by the exception's bit. */
const ENABLED = { inexact: 1 << 7, underflow: 1 << 8, overflow: 1 << 9, "division by zero": 1 << 10, invalid: 1 << 11 };
const [ONE, TWO, THREE] = [0x3f800000, 0x40000000, 0x40400000];
const [TINY, HUGE, SIGNALLING] = [0x00800001, 0x7f7fffff, 0x7fffffff];

/** An instruction on `$f4`, `$f6`, `$5`, `$6` with FCSR as given, and what ends the program, if anything does. */
// biome-ignore format: a table, one row a case
const ENDINGS: readonly (readonly [text: string, control: number, a: number, b: number, signal: string | null])[] = [
  ["div.s $f2,$f4,$f6",    ENABLED.inexact,             ONE,        THREE,      "SIGFPE"],
  ["div.s $f2,$f4,$f6",    ENABLED.inexact,             ONE,        TWO,        null],
  ["div.s $f2,$f4,$f6",    0xf80 ^ ENABLED.inexact,     ONE,        THREE,      null],
  ["div.s $f2,$f4,$f6",    ENABLED["division by zero"], ONE,        0,          "SIGFPE"],
  ["div.s $f2,$f4,$f6",    ENABLED["division by zero"], 0,          0,          null],
  ["div.s $f2,$f4,$f6",    ENABLED.invalid,             0,          0,          "SIGFPE"],
  ["mul.s $f2,$f4,$f6",    ENABLED.underflow,           TINY,       TINY,       "SIGFPE"],
  ["mul.s $f2,$f4,$f6",    ENABLED.overflow,            HUGE,       HUGE,       "SIGFPE"],
  ["add.s $f2,$f4,$f6",    ENABLED.invalid,             SIGNALLING, ONE,        "SIGFPE"],
  ["c.eq.s $f4,$f6",       ENABLED.invalid,             SIGNALLING, ONE,        "SIGFPE"],
  ["c.eq.s $f4,$f6",       ENABLED.invalid,             0x7fbfffff, ONE,        null],
  ["c.seq.s $f4,$f6",      ENABLED.invalid,             0x7fbfffff, ONE,        "SIGFPE"],
  ["cvt.w.s $f2,$f4",      ENABLED.invalid,             HUGE,       0,          "SIGFPE"],
  ["cvt.w.s $f2,$f4",      ENABLED.inexact,             HUGE,       0,          null],
  ["madd.s $f2,$f8,$f4,$f6", ENABLED.invalid,           0,          0x7f800000, "SIGFPE"],
  ["ctc1 $5,$31",          0,                           0x00001080, 0,          "SIGFPE"],
  ["ctc1 $5,$31",          0,                           0x00001100, 0,          null],
  ["ctc1 $5,$31",          0,                           0x00020000, 0,          "SIGFPE"],
  ["ctc1 $5,$26",          ENABLED.overflow,            0x00004000, 0,          "SIGFPE"],
  ["add $2,$5,$6",         0,                           0x7fffffff, 1,          "SIGFPE"],
  ["add $2,$5,$6",         0,                           0x7ffffffe, 1,          null],
  ["addi $2,$5,-1",        0,                           0x80000000, 0,          "SIGFPE"],
  ["sub $2,$5,$6",         0,                           0x80000000, 1,          "SIGFPE"],
  ["teq $5,$6",            0,                           7,          7,          "SIGTRAP"],
  ["teq $5,$6",            0,                           7,          8,          null],
  ["tne $5,$6",            0,                           7,          8,          "SIGTRAP"],
  ["tge $5,$6",            0,                           0xffffffff, 0,          null],
  ["tgeu $5,$6",           0,                           0xffffffff, 0,          "SIGTRAP"],
  ["tlt $5,$6",            0,                           0xffffffff, 0,          "SIGTRAP"],
  ["tltu $5,$6",           0,                           0xffffffff, 0,          null],
  ["teqi $5,-3",           0,                           0xfffffffd, 0,          "SIGTRAP"],
  ["tnei $5,-3",           0,                           0xfffffffd, 0,          null],
  ["tgei $5,-3",           0,                           0xfffffffd, 0,          "SIGTRAP"],
  ["tgeiu $5,-3",          0,                           0xfffffffc, 0,          null],
  ["tlti $5,-3",           0,                           0xfffffffc, 0,          "SIGTRAP"],
  ["tltiu $5,-3",          0,                           0xfffffffd, 0,          null],
  ["cvt.l.s $f2,$f4",      0,                           ONE,        0,          "SIGILL"],
  ["luxc1 $f2,$0($16)",    0,                           0,          0,          "SIGILL"],
  [".word 0x46262840",     0,                           0,          0,          "SIGILL"], // add.d $f1,$f5,$f6
  ["ldc1 $f2,4($16)",      0,                           0,          0,          "SIGBUS"],
];

describe.skipIf(isWithout)("what ends a program ends it under qemu", () => {
  const machine: Machine = { endianness: "big", registerBits: 32, isNan2008: false };
  const trials = ENDINGS.map(([text]) => trialOfText(text, machine));
  const states = ENDINGS.map(([, control, a, b]) => [control, 0, a, b, 0, 0, a, 0, b, 0, 0, 0, 0, 0]);

  it("by the same signal, in the oracle and in lifted code", () => {
    withProgram(machine, trials, states, "one of each", ({ elf, command: [emulator, ...given] }) => {
      const image = loadElf(elf);
      const lifted = liftTrials(image, trials, trials);
      expect(lifted.obstacles).toEqual([]);
      const segment = image.segments.find(({ isExecutable }) => isExecutable)!;
      const word = (address: number) => Buffer.from(segment.bytes).readUInt32BE(address - segment.address);
      const nameOfSignal = (trap: Pick<GuestTrap, "kind" | "address">) => {
        const signal = signalOf(trap, word);
        return signal === undefined ? trap.kind : signalName(signal);
      };
      const ends = ENDINGS.map(([text, control], index) => {
        const args = Array.from({ length: index }, () => "x");
        const { signal } = spawnSync(emulator, [...given, ...args]);
        const { end } = runOracle(image, args);
        const oracle = end.kind === "trap" ? nameOfSignal({ kind: end.trap, address: end.address }) : end.kind;
        const trap = lifted.run(trials[index]!, states[index]!, new Int32Array(RESULT_WORDS));
        return {
          text,
          control,
          qemu: signal ?? "exit",
          oracle,
          lifted: trap === undefined ? "exit" : nameOfSignal(trap),
        };
      });
      const expected = ENDINGS.map(([text, control, , , signal]) => {
        const end = signal ?? "exit";
        return { text, control, qemu: end, oracle: end, lifted: end };
      });
      expect(ends).toEqual(expected);
    });
  }, 60_000);
});
