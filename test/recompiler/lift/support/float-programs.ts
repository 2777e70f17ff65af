/** Programs of floating-point instructions, and states to try them on: what lifted code does is compared with the oracle. */

import { FLUSH, INEXACT_FLAG, initialControl } from "../../../../shared/recompiler/float/status.ts";
import { wordAt } from "../../../../shared/recompiler/image.ts";
import { liftShard, linkShards } from "../../../../shared/recompiler/lift/index.ts";
import type { FloatControl } from "../../../../shared/recompiler/lift/use.ts";
import { RA, SP } from "../../../../shared/recompiler/machine.ts";
import { disassembleWord } from "../../../../shared/recompiler/mips/disassemble.ts";
import { type FloatMnemonic, isFloatMnemonic, OPCODE_OF, OPCODES } from "../../../../shared/recompiler/mips/opcodes.ts";
import type { Capture } from "../../../../shared/recompiler/oracle/capture.ts";
import { codeOf } from "../../../../shared/recompiler/oracle/code.ts";
import { pageAccessOf } from "../../../../shared/recompiler/oracle/page-access.ts";
import { WatchedMemory } from "../../../../shared/recompiler/oracle/watched-memory.ts";
import type { FloatMode } from "../../../../shared/recompiler/program.ts";
import { emptyRegisters, F0, F0_HIGH, FCSR, HI, LO } from "../../../../shared/recompiler/register-file.ts";
import { loadImage } from "../../../../shared/recompiler/runtime/memory.ts";
import { type Random, randomFrom } from "../../../../shared/recompiler/validation/random.ts";
import { RETURN_GATE } from "../../../../shared/recompiler/validation/random-state.ts";
import { createReference } from "../../../../shared/recompiler/validation/reference.ts";
import { testFunctions } from "../../../../shared/recompiler/validation/test-functions.ts";
import type { Vector } from "../../../../shared/recompiler/validation/vector.ts";
import type { Machine } from "../../oracle/support/instruction-program.ts";
import { instructionStates } from "../../oracle/support/instruction-states.ts";
import type { Line, Operand } from "./assemble.ts";
import { type GuestProgram, MEMORY, program, RETURN } from "./guest.ts";

/** What makes a program set modes, or look at flags. */
const CONTROL_CODE: Readonly<Record<FloatControl, readonly Line[]>> = {
  plain: [],
  moded: [["ctc1", "a0", 31]],
  observed: [
    ["ctc1", "a0", 31],
    ["cfc1", "v0", 31],
  ],
};

export interface FloatProgram extends Machine {
  readonly control: FloatControl;
}

export const MACHINES: readonly FloatProgram[] = (["plain", "moded", "observed"] as const).flatMap((control) => [
  { endianness: "big", registerBits: 32, isNan2008: false, control },
  { endianness: "little", registerBits: 64, isNan2008: false, control },
  { endianness: "big", registerBits: 64, isNan2008: true, control },
  { endianness: "little", registerBits: 32, isNan2008: true, control },
]);

export const nameOf = ({ endianness, registerBits, isNan2008, control }: FloatProgram): string =>
  `${endianness}-endian, registers of ${registerBits} bits, ${isNan2008 ? "2008" : "legacy"} NaNs, ${control}`;

function floatProgram(
  { endianness, registerBits, isNan2008, control }: FloatProgram,
  sources: Readonly<Record<string, readonly Line[]>>,
): GuestProgram {
  const all = Object.entries(sources).map(([name, lines]) => [name, [...lines, ...RETURN]]);
  const made = program(
    { ...Object.fromEntries(all), control_code: [...CONTROL_CODE[control], ...RETURN] },
    { endianness },
  );
  const float: FloatMode = { registerBits, isNan2008 };
  return { ...made, image: { ...made.image, float } };
}

/** Those that stay inside a function, and need no more than the machine has. */
function mnemonicsFor({ registerBits, control }: Pick<FloatProgram, "registerBits" | "control">): FloatMnemonic[] {
  return OPCODES.filter(({ mnemonic, control: flow }) => isFloatMnemonic(mnemonic) && flow === "none")
    .map(({ mnemonic }) => mnemonic as FloatMnemonic)
    .filter((each) => registerBits === 64 || !/\.l\b|^[ls]uxc1/.test(each))
    .filter((each) => (each === "cfc1" ? control === "observed" : each !== "ctc1" || control !== "plain"));
}

/** A write of enables alone may trap by a cause that stands: it makes a program look. */
const viewsOf = (control: FloatControl): readonly number[] =>
  control === "observed" ? [0, 25, 26, 28, 31, 3] : [0, 25, 26, 31, 3];

/** An instruction whose registers are drawn from a few. Addresses lie 0 to 24 bytes behind `a0`, by `a3`. */
function randomLine(random: Random, mnemonic: FloatMnemonic, floats: readonly number[], control: FloatControl): Line {
  const operandOf = (field: string): Operand => {
    if (field.startsWith("f") && field !== "fcr") return `f${random.pick(floats)}` as Operand;
    switch (field) {
      case "rs(":
        return "a0";
      case "imm":
        return 8 * random.below(4);
      case "fcr":
        return random.pick(viewsOf(control));
      case "ccc":
      case "mcc":
        return random.below(8);
      case "rt":
        return random.pick(["v0", "a1", "a2"] as const);
      case "index":
        return "a3";
      case "rd":
        return random.pick(["v0", "v1"] as const);
      case "rs":
        return random.pick(["a1", "a2"] as const);
      default:
        return 0;
    }
  };
  const { operands } = OPCODE_OF[mnemonic];
  const fields = operands.replace("rt(rs)", "index,rs(").replace("imm(rs)", "imm,rs(").split(",");
  return [mnemonic, ...fields.map(operandOf)] as unknown as Line;
}

/** Registers as a record of `instructionStates` has them: four numbers, over and over, so that any may meet any. */
function registersOf(record: readonly number[], { registerBits, isNan2008, control }: FloatProgram): Int32Array {
  const registers = emptyRegisters();
  const [fcsr = 0, v0 = 0, a1 = 0, a2 = 0, hi = 0, lo = 0, ...numbers] = record;
  // As programs that may see flags run nearly always: to nearest, and something was inexact before.
  const isOrdinary = control === "observed" && (lo & 1) === 0;
  const usual = control === "plain" || isOrdinary ? ~(FLUSH | 3) : -1;
  registers[FCSR] = (fcsr & usual) | (isOrdinary ? INEXACT_FLAG : 0) | initialControl(isNan2008);
  registers[2] = v0;
  registers[4] = MEMORY + 64;
  registers[5] = a1;
  registers[6] = a2;
  registers[7] = 8;
  registers[HI] = hi;
  registers[LO] = lo;
  registers[SP] = MEMORY + 0x8000;
  registers[RA] = RETURN_GATE;
  for (let number = 0; number < 32; number += registerBits === 32 ? 2 : 1) {
    const pattern = (registerBits === 32 ? number >> 1 : number) % 4;
    registers[F0 + number] = numbers[2 * pattern]!;
    registers[registerBits === 32 ? F0 + number + 1 : F0_HIGH + number] = numbers[2 * pattern + 1]!;
  }
  return registers;
}

/** Every function on every state and on as many random ones. @returns those that were not found alike, in words */
function tryAll(
  machine: FloatProgram,
  source: GuestProgram,
  records: readonly (readonly number[])[],
  randomStates: number,
): readonly string[] {
  const { image, layout, functions } = source;
  const shard = liftShard({ image, layout, functions, members: functions });
  const problems = shard.reports.flatMap(({ name, obstacle }) => (obstacle ? [`${name}: ${obstacle.reason}`] : []));
  const module = linkShards({ image, layout, functions, shards: [shard.module] });
  const subjects = functions.filter(({ name }) => name !== "control_code");
  const memory = new WatchedMemory(loadImage(image, layout), layout.base, image.endianness);
  const reference = createReference(codeOf(image, functions), memory, pageAccessOf(image, layout, "open"));
  const states = records.map((record) => registersOf(record, machine));
  const captures = subjects.flatMap(({ address }) =>
    states.map((registers, index): Capture => {
      const call = index + 1;
      const vector: Vector = {
        origin: { kind: "captured", index, call },
        registers,
        threadPointer: 0,
        pages: [],
        answers: { kind: "recorded", records: [] },
        maxInstructions: 1000,
        isReal: true,
      };
      const { stop, instructions } = reference.run(address, vector);
      reference.undo();
      if (stop.kind !== "returned" && stop.kind !== "trap") throw new Error(`the oracle stops with ${stop.kind}`);
      const { initialBytes: memoryBytes } = layout;
      return {
        address,
        call,
        registers,
        threadPointer: 0,
        memoryBytes,
        pages: [],
        syscalls: [],
        instructions,
        end: stop.kind,
      };
    }),
  );
  const tests = testFunctions({
    image,
    layout,
    module,
    functions,
    subjects,
    captures,
    settings: { seed: "float", randomStates },
  });
  const failures = tests.flatMap(({ address, name, status, disagreement }) => {
    if (status === "tested") return [];
    const { size } = functions.find((each) => each.address === address)!;
    const code = Array.from({ length: size / 4 }, (_, at) =>
      disassembleWord(wordAt(image, address + 4 * at)!, address),
    );
    return [`${name}: ${status} ${JSON.stringify(disagreement)} in ${code.join("; ")}`];
  });
  return [...problems, ...failures];
}

function spread<Item>(items: readonly Item[], count: number): Item[] {
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]!);
}

const statesOf = (seed: string, count: number) => spread(instructionStates(seed, count), count);

/** Each instruction in a function of its own. */
export function tryEach(machine: FloatProgram, seed: string, states: number): readonly string[] {
  const random = randomFrom(seed);
  const sources = Object.fromEntries(
    mnemonicsFor(machine).map((mnemonic) => [mnemonic, [randomLine(random, mnemonic, [2, 4, 6, 8], machine.control)]]),
  );
  return tryAll(machine, floatProgram(machine, sources), statesOf(seed, states), states);
}

const LENGTH = 12;

/** Functions of several, in few registers, which hold now this, now that. */
export function tryPrograms(machine: FloatProgram, seed: string, programs: number, states: number): readonly string[] {
  const random = randomFrom(`${seed} programs`);
  const mnemonics = mnemonicsFor(machine);
  const sources = Array.from({ length: programs }, (_, index): [string, Line[]] => [
    `program_${index}`,
    Array.from({ length: LENGTH }, () => randomLine(random, random.pick(mnemonics), [0, 2, 4], machine.control)),
  ]);
  return tryAll(machine, floatProgram(machine, Object.fromEntries(sources)), statesOf(seed, states), states);
}
