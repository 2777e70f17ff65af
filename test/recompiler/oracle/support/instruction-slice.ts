/** A few states of each floating-point operation with what qemu made of them, as lines of text that a test reads without qemu. */

import { decode } from "../../../../shared/recompiler/mips/decode.ts";
import { type FloatMnemonic, isFloatMnemonic, OPCODE_OF, OPCODES } from "../../../../shared/recompiler/mips/opcodes.ts";
import { codeOf } from "../../../../shared/recompiler/oracle/code.ts";
import { Halt, run } from "../../../../shared/recompiler/oracle/run.ts";
import { WatchedMemory } from "../../../../shared/recompiler/oracle/watched-memory.ts";
import type { FloatMode } from "../../../../shared/recompiler/program.ts";
import { emptyRegisters, F0, F0_HIGH, FCSR } from "../../../../shared/recompiler/register-file.ts";
import { layoutProcess } from "../../../../shared/recompiler/runtime/layout.ts";
import { loadImage } from "../../../../shared/recompiler/runtime/memory.ts";
import { assembleProgram, TEXT } from "../../mips/assemble.ts";
import type { Machine } from "./instruction-program.ts";

export const SLICE_MACHINES: readonly Machine[] = [
  { endianness: "big", registerBits: 64, isNan2008: false },
  { endianness: "big", registerBits: 64, isNan2008: true },
];
export const STATES_OF_SLICE = 2;

/** Operations between registers. */
export const SLICE_MNEMONICS: readonly FloatMnemonic[] = OPCODES.filter(
  ({ control, operands }) => control === "none" && !operands.includes("(") && !operands.includes("fcr"),
)
  .map(({ mnemonic }) => mnemonic)
  .filter(isFloatMnemonic);

const FIELDS = { fs: "rd", ft: "rt", fr: "rs", fd: "sa" } as const;
const [V0, A1, A2] = [2, 5, 6];

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");

/** `text; what it finds; what it leaves`: FCSR, `v0`, `a1`, `a2` and four numbers before; FCSR, `v0` and the result after. */
export function sliceLine(text: string, state: readonly number[], results: readonly number[]): string {
  const [control, v0, a1, a2] = state;
  const numbers = [6, 8, 10, 12].map((low) => hex(state[low + 1]!) + hex(state[low]!));
  const [controlAfter, v0After, , , low, high] = results;
  const before = [control!, v0!, a1!, a2!].map(hex).join(" ");
  return `${text}; ${before} ${numbers.join(" ")}; ${hex(controlAfter!)} ${hex(v0After!)} ${hex(high!)}${hex(low!)}`;
}

/** The line as the oracle would have it. */
export function oracleLine(line: string, float: FloatMode): string {
  const [text = "", before = ""] = line.split("; ");
  const assembly = text.replace(/\$([256])(?!\d)/g, (_, number: string) => ({ 2: "v0", 5: "a1", 6: "a2" })[number]!);
  const { image } = assembleProgram({ text: `${assembly}\njr ra\nnop` });
  const whole = layoutProcess(image, { stackBytes: 1 });
  // Nothing below the code is looked at, and memory for it has a process that runs many tests collect its garbage again and again.
  const layout = { ...whole, base: TEXT, initialBytes: whole.initialBytes - TEXT };
  const code = codeOf({ ...image, float }, []);
  const words = before.split(" ").map((word) => Number.parseInt(word, 16) | 0);
  const registers = emptyRegisters();
  registers[FCSR] = words[0]!;
  for (const [index, register] of [V0, A1, A2].entries()) registers[register] = words[index + 1]!;
  const word = new DataView(image.segments[0]!.bytes.buffer).getUint32(0);
  const instruction = decode(word, image.entry)!;
  const numbers = before.split(" ").slice(4);
  const { operands, writes } = OPCODE_OF[instruction.mnemonic];
  const fields = Object.entries(FIELDS);
  for (const [index, [name, field]] of fields.entries()) {
    if (!operands.split(",").includes(name)) continue;
    registers[F0 + instruction[field]] = Number.parseInt(numbers[index]!.slice(8), 16);
    registers[F0_HIGH + instruction[field]] = Number.parseInt(numbers[index]!.slice(0, 8), 16);
  }
  const stop = run({
    registers,
    memory: new WatchedMemory(loadImage(image, layout), layout.base, image.endianness),
    observer: {
      attend() {},
      called() {},
      calledIndirectly: (_machine, call) => call,
      jumped: () => {
        throw new Halt({ kind: "returned" });
      },
      systemCall() {},
    },
    float,
    at: code.slotAt(image.entry),
    remaining: 3,
    threadPointer: 0,
  });
  const written = writes.find((each) => /^f[dst]\./.test(each))?.slice(0, 2) ?? "fd";
  const result = instruction[FIELDS[written as keyof typeof FIELDS]];
  // What the instruction does not name stays as it is.
  const number = operands.split(",").includes(written)
    ? hex(registers[F0_HIGH + result]!) + hex(registers[F0 + result]!)
    : numbers[fields.findIndex(([name]) => name === written)]!;
  const after = `${hex(registers[FCSR]!)} ${hex(registers[V0]!)} ${number}`;
  return `${text}; ${before}; ${stop.kind === "returned" ? after : stop.kind}`;
}
