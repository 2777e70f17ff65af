/** Every instruction, with fields drawn at random, does in the interpreter what it does in the oracle, whatever the registers hold. */

import { describe, expect, inject, it } from "vitest";
import { FEXR_BITS, initialControl } from "../../../../shared/recompiler/float/status.ts";
import { linkShards } from "../../../../shared/recompiler/lift/index.ts";
import { type GuestTrap, hex, RA, SP } from "../../../../shared/recompiler/machine.ts";
import { disassembleWord } from "../../../../shared/recompiler/mips/disassemble.ts";
import { type Mnemonic, OPCODE_OF, OPCODES, type Opcode } from "../../../../shared/recompiler/mips/opcodes.ts";
import { codeOf } from "../../../../shared/recompiler/oracle/code.ts";
import { pageAccessOf } from "../../../../shared/recompiler/oracle/page-access.ts";
import { WatchedMemory } from "../../../../shared/recompiler/oracle/watched-memory.ts";
import type { GuestFunction, ProgramImage } from "../../../../shared/recompiler/program.ts";
import {
  emptyRegisters,
  F0,
  F0_HIGH,
  FCSR,
  LINK,
  REGISTER_NAMES,
} from "../../../../shared/recompiler/register-file.ts";
import { interpretedModule, takeUpRegisters } from "../../../../shared/recompiler/runtime/interpreted-module.ts";
import { compileModule, guestTrapOf, instantiate } from "../../../../shared/recompiler/runtime/lifted-module.ts";
import { GuestMemory, loadImage } from "../../../../shared/recompiler/runtime/memory.ts";
import { type Random, randomFrom } from "../../../../shared/recompiler/validation/random.ts";
import { RETURN_GATE } from "../../../../shared/recompiler/validation/random-state.ts";
import { createReference } from "../../../../shared/recompiler/validation/reference.ts";
import type { Vector } from "../../../../shared/recompiler/validation/vector.ts";
import { oneIn, someOf } from "../../../support/scale.ts";
import { type FloatProgram, MACHINES, nameOf } from "../support/float-programs.ts";
import { bytesOf, CODE, MEMORY } from "../support/guest.ts";

/** `k0` holds where a function returns to; it and `sp` are no operands. */
const RETURN_REGISTER = 26;
const GENERAL = Array.from({ length: 32 }, (_, number) => number).filter(
  (each) => each !== RETURN_REGISTER && each !== SP,
);
/** Where register 0 leads, nothing is; by `ra` the oracle returns. */
const TARGETS = GENERAL.filter((each) => each !== 0 && each !== RA);
const FIELDS: Readonly<Record<string, number>> = { rs: 21, rt: 16, rd: 11 };

/** `lui`-free arithmetic that shows which instructions ran: `addiu REGISTER, REGISTER, NUMBER`. */
const count = (register: number, by: number): number => (0x24000000 | (register << 21) | (register << 16) | by) >>> 0;
const [ADDIU_V0, ADDIU_V1, ADDIU_A0, ADDIU_S0] = [count(2, 1), count(3, 2), count(4, 4), count(16, 8)];
/** `cfc1 v0, $31`: by this a program looks at flags. */
const READ_FCSR = 0x4442f800;
const RETURN = [((RETURN_REGISTER << 21) | 8) >>> 0, 0];
/** Where branches go: 1 to 5 instructions behind the delay slot. */
const MOST_AHEAD = 5;

const withField = (word: number, shift: number, value: number): number =>
  ((word & ~(31 << shift)) | (value << shift)) >>> 0;

/** A word of the row: what its mask leaves open is drawn, and general registers are those that may be operands. */
function wordOf(random: Random, { match, mask, operands, control }: Opcode, address: number): number {
  let word = (match | (random.word() & ~mask)) >>> 0;
  for (const name of operands.split(/[,()]/)) {
    const shift = FIELDS[name];
    const isTarget = name === "rs" && (control === "jump_register" || control === "call_register");
    if (shift !== undefined) word = withField(word, shift, random.pick(isTarget ? TARGETS : GENERAL));
    if (name === "hw") word = withField(word, 11, random.pick([0, 1, 2, 3, 29, 5]));
    if (name === "fcr") word = withField(word, 11, random.pick([0, 25, 26, 28, 31, 3]));
    if (name === "imm" && /rs/.test(operands) && random.oneIn(2)) word = (word & ~0xffff) | (random.below(64) & -8);
    if (name !== "target") continue;
    const ahead = 1 + random.below(MOST_AHEAD);
    const isAbsolute = control === "jump" || control === "call";
    word = isAbsolute ? (match | ((address + 4 + 4 * ahead) >>> 2)) >>> 0 : (word & ~0xffff) | ahead;
  }
  return word >>> 0;
}

interface Tried {
  readonly image: ProgramImage;
  readonly functions: readonly (GuestFunction & { readonly name: Mnemonic })[];
  readonly words: readonly number[];
}

const isLooked = ({ mnemonic }: Opcode, { control }: FloatProgram): boolean =>
  control === "observed" || (mnemonic !== "cfc1" && mnemonic !== "ctc1");

/** A function a word: it, a delay slot, what shows where control went, and a return. */
function programOf(random: Random, machine: FloatProgram, each: number): Tried {
  const words: number[] = [];
  const functions: (GuestFunction & { readonly name: Mnemonic })[] = [];
  const rows = OPCODES.filter((row) => row.mnemonic !== "syscall" && isLooked(row, machine));
  for (const row of rows.flatMap((each_) => Array.from({ length: each }, () => each_))) {
    const address = CODE + 4 * words.length;
    const word = wordOf(random, row, address);
    // Now and then the delay slot holds what has one itself, or what looks like it.
    const other = wordOf(
      random,
      random.pick(OPCODES.filter(({ mnemonic }) => /^(j|jr|b\w+|c\.eq\.s|teqi)$/.test(mnemonic))),
      address + 4,
    );
    const slot = row.control !== "none" && random.oneIn(4) ? other : ADDIU_V0;
    words.push(word, slot, ADDIU_V1, ADDIU_A0, ADDIU_S0, ADDIU_V1, ADDIU_A0, ...RETURN);
    functions.push({ index: functions.length, name: row.mnemonic, address, size: 36, origin: "symbol" });
  }
  if (machine.control === "observed") {
    functions.push({
      index: functions.length,
      name: "cfc1",
      address: CODE + 4 * words.length,
      size: 36,
      origin: "symbol",
    });
    words.push(READ_FCSR, ADDIU_V0, ADDIU_V1, ADDIU_A0, ADDIU_S0, ADDIU_V1, ADDIU_A0, ...RETURN);
  }
  const bytes = bytesOf(words, machine.endianness);
  const { registerBits, isNan2008 } = machine;
  const image: ProgramImage = {
    endianness: machine.endianness,
    entry: CODE,
    segments: [{ address: CODE, bytes, memorySize: bytes.length, isExecutable: true, isWritable: false }],
    symbols: [],
    codeRanges: [{ start: CODE, end: CODE + bytes.length }],
    float: { registerBits, isNan2008 },
  };
  return { image, functions, words };
}

/** Numbers that operands meet at, addresses of memory, and addresses of the function's own instructions. */
function registersFor(
  random: Random,
  { registerBits, isNan2008, control }: FloatProgram,
  address: number,
  isJump: boolean,
): Int32Array {
  const registers = emptyRegisters();
  const value = (): number =>
    random.pick([
      () => random.word(),
      () => random.pick([0, 1, -1, 0x7fffffff, -0x80000000, 31, 32]),
      () => MEMORY + 256 + 8 * random.below(32) + (random.oneIn(3) ? random.below(8) : 0),
      () => MEMORY + 256 + 8 * random.below(32),
    ])();
  for (const slot of registers.keys()) registers[slot] = value();
  for (const register of GENERAL) if (isJump) registers[register] = address + 8 + 4 * random.below(MOST_AHEAD);
  for (let number = 0; number < 32; number++) {
    if (random.oneIn(2)) continue;
    const double = new DataView(new ArrayBuffer(8));
    if (random.oneIn(2)) double.setFloat64(0, (random.word() / 2 ** random.below(64)) | 0);
    else double.setFloat64(0, random.pick([0, -0, 1, 1.5, -2, 1 / 3, 2 ** 31, 2 ** 63, Number.NaN, 1e300, 1e-310]));
    const [high, low] = [double.getInt32(0), double.getInt32(4)];
    if (registerBits === 64) [registers[F0 + number], registers[F0_HIGH + number]] = [low, high];
    else if (number % 2 === 0) [registers[F0 + number], registers[F0 + number + 1]] = [low, high];
  }
  registers[0] = 0;
  if (registerBits === 32) registers.fill(0, F0_HIGH);
  // Conditions; of programs that look, modes and flags as well. Nothing is enabled.
  const modes = control === "plain" ? 0 : random.below(4) | (control === "observed" ? random.below(32) << 2 : 0);
  registers[FCSR] = (random.word() & 0xfe800000) | modes | initialControl(isNan2008);
  registers[LINK] = 0;
  registers[RETURN_REGISTER] = RETURN_GATE;
  registers[31] = RETURN_GATE;
  registers[SP] = MEMORY + 0x8000;
  return registers;
}

const endOf = (trap: GuestTrap | undefined, address = trap?.address): string =>
  trap === undefined ? "returned" : `${trap.kind} at ${hex(address ?? 0)}`;

/** @returns what was not found alike, in words */
function tryAll(machine: FloatProgram, seed: string, each: number, states: number): string[] {
  const random = randomFrom(seed);
  const { image, functions, words } = programOf(random, machine, each);
  const stackTop = MEMORY + 0x1_0000 + (image.segments[0]!.memorySize & -0x1_0000);
  const plain = {
    base: 0, initialBytes: stackTop, maximumBytes: stackTop + 0x1_0000, stackBottom: stackTop - 0x1_0000, stackTop, heapStart: stackTop,
  }; // biome-ignore format: one thing
  const linked = linkShards({ image, layout: plain, functions, shards: [] });
  const interpreted = interpretedModule(linked, plain, image.endianness);
  const { layout } = interpreted;
  const instance = instantiate(compileModule(interpreted.module), { systemCall: () => {} });
  const memory = new GuestMemory(instance.memory, layout.base, image.endianness);
  const whole = new WatchedMemory(loadImage(image, layout), layout.base, image.endianness);
  const reference = createReference(codeOf(image, functions), whole, pageAccessOf(image, layout, "open"));
  const differences: string[] = [];
  for (const [index, { address, name }] of functions.entries()) {
    const isJump = name === "jr" || name === "jalr";
    const text = disassembleWord(words[index * 9]!, address).replace("\t", " ");
    for (let state = 0; state < states; state++) {
      const registers = registersFor(random, machine, address, isJump);
      const vector: Vector = {
        origin: { kind: "captured", index: 0, call: 1 },
        registers,
        threadPointer: 0x1234,
        pages: [],
        answers: { kind: "recorded", records: [] },
        maxInstructions: 100,
        isReal: true,
      };
      const { stop, registers: expected } = reference.run(address, vector);
      for (const slot of instance.kept) instance.registers.set(slot, registers[slot]!);
      instance.setThreadPointer(vector.threadPointer);
      let trap: GuestTrap | undefined;
      if (stop.kind === "returned" || stop.kind === "trap") {
        try {
          instance.functionAt(address)!();
        } catch (error) {
          trap = guestTrapOf(error, instance);
          if (trap === undefined) throw error;
          takeUpRegisters(interpreted, memory, instance.registers);
        }
        // What a delay slot does the oracle says of its branch.
        const isInSlot = trap?.address === address + 4 && OPCODE_OF[name].control !== "none";
        const wanted = stop.kind === "trap" ? endOf(stop.trap, isInSlot ? address + 4 : undefined) : "returned";
        const problems = [...(endOf(trap) === wanted ? [] : [`ends ${endOf(trap)}, expected ${wanted}`])];
        for (const slot of instance.kept) {
          // What a read that faults has done to a link is seen by nobody.
          if (slot === LINK && trap !== undefined) continue;
          const mask = slot === FCSR && machine.control !== "observed" ? ~FEXR_BITS : -1;
          const found = instance.registers.get(slot);
          if (((found ^ expected[slot]!) & mask) === 0) continue;
          problems.push(`${REGISTER_NAMES[slot]}: ${hex(found)}, expected ${hex(expected[slot]!)}`);
        }
        memory.fillZero(layout.stackTop, layout.heapStart - layout.stackTop);
        if (Buffer.compare(memory.bytes, whole.bytes) !== 0) problems.push("memory differs");
        if (problems.length > 0) differences.push(`${text} (${hex(words[index * 9 + 1]!)}): ${problems.join("; ")}`);
      } else if (stop.kind !== "left") throw new Error(`${text}: the oracle stops with ${stop.kind}`);
      reference.undo();
      memory.bytes.set(whole.bytes);
    }
  }
  return differences;
}

const cases = someOf(MACHINES, 6).map((machine) => ({ machine, name: nameOf(machine) }));
/** Words of each row, states of each word: in `npm test`, and where all of it is tried. */
const [WORDS, STATES] = oneIn(2) === 1 ? [3, 6] : [2, 3];

describe("the interpreter does what the oracle does", () => {
  it.each(cases)("of every instruction: $name", ({ machine, name }) => {
    expect(tryAll(machine, `${name} ${inject("seed")}`, WORDS, STATES)).toEqual([]);
  });
});
