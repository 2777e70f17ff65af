/** What a program's code uses of the machine, which decides the shape of its module: a program of integers has no unit to carry. */

import { FEXR_BITS, VIEW } from "../float/status.ts";
import { segmentAt } from "../image.ts";
import { decode } from "../mips/decode.ts";
import { hasDelaySlot, type Instruction, registersRead, writesRegister } from "../mips/instruction.ts";
import { isFloatMnemonic } from "../mips/opcodes.ts";
import { type FloatMode, type GuestFunction, type ProgramImage, USUAL_FLOAT_MODE } from "../program.ts";

/**
 * What the program may see of the unit's control register besides conditions:
 *
 * - `plain`: results are to nearest, nothing traps, and nobody looks at what was raised
 * - `moded`: it may set the rounding mode, FS and enables
 * - `observed`: it may look at causes and flags, too, or trap by those that stand
 */
export type FloatControl = "plain" | "moded" | "observed";

export interface FloatUse extends FloatMode {
  readonly control: FloatControl;
}

export interface MachineUse {
  readonly float?: FloatUse;
  /** `ll` and `sc`. */
  readonly hasLink: boolean;
  /** The cycle counter. */
  readonly hasCycles: boolean;
}

export const INTEGERS_ALONE: MachineUse = { hasLink: false, hasCycles: false };

/** Major opcodes of instructions that are looked at: moves by a condition, COP1, COP1X, SPECIAL3, `ll`, `sc`, loads and stores. */
const LOOKED_AT: ReadonlySet<number> = new Set([0x00, 0x11, 0x13, 0x1f, 0x30, 0x31, 0x35, 0x38, 0x39, 0x3d]);
const SPECIAL = 0;
const MOVE_BY_CONDITION = 1;

/** What `rdhwr` reads by these numbers. */
export const CYCLE_COUNTER = 2;
export const THREAD_POINTER_NUMBER = 29;

/** Words read as instructions where they are none only make the module larger. */
export function machineUseOf(image: ProgramImage, functions: readonly GuestFunction[]): MachineUse {
  let [hasFloat, hasLink, hasCycles, isMode, isObserved] = [false, false, false, false, false];
  for (const { address, size } of functions) {
    const code = codeAt(image, address, size);
    for (let at = 0; at < code.length; at++) {
      const word = code[at]!;
      const major = word >>> 26;
      if (!LOOKED_AT.has(major) || (major === SPECIAL && (word & 0x3f) !== MOVE_BY_CONDITION)) continue;
      const instruction = decode(word, address + 4 * at);
      if (instruction === undefined) continue;
      const { mnemonic, rd } = instruction;
      if (isFloatMnemonic(mnemonic)) hasFloat = true;
      if (mnemonic === "ctc1") {
        isMode = true;
        // It leaves the causes as they stand, which then decide whether it traps.
        if (rd === VIEW.enables) isObserved = true;
      }
      if (mnemonic === "cfc1") isObserved ||= showsFlags(instruction, code, at);
      else if (mnemonic === "ll" || mnemonic === "sc") hasLink = true;
      else if (mnemonic === "rdhwr" && rd === CYCLE_COUNTER) hasCycles = true;
    }
  }
  const control: FloatControl = isObserved ? "observed" : isMode ? "moded" : "plain";
  return {
    ...(hasFloat && { float: { ...(image.float ?? USUAL_FLOAT_MODE), control } }),
    hasLink,
    hasCycles,
  };
}

/** The words of a function that its segment holds. */
function codeAt(image: ProgramImage, address: number, size: number): Uint32Array {
  const segment = segmentAt(image, address);
  if (segment === undefined || (address & 3) !== 0) return new Uint32Array(0);
  const { bytes } = segment;
  const first = address - segment.address;
  const count = Math.max(0, Math.min(size, bytes.length - first) >>> 2);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: count }, (_, at) => view.getUint32(first + 4 * at, image.endianness === "little"));
}

/** As far as a mask on the value read is looked for. */
const MASKED_WITHIN = 8;

/** Whether the program may see causes or flags in what it reads: not, if it takes the mode alone out of it, as `fegetround` does. */
function showsFlags({ rd, rt }: Instruction, code: Uint32Array, at: number): boolean {
  if (rt === 0 || (rd !== VIEW.full && rd !== VIEW.exceptions)) return false;
  for (let next = at + 1; next <= at + MASKED_WITHIN; next++) {
    const instruction = decode(code[next] ?? 0, 0);
    if (instruction === undefined || hasDelaySlot(instruction)) return true;
    const { mnemonic, immediate } = instruction;
    const isMask = mnemonic === "andi" && (immediate & 0xffff & FEXR_BITS) === 0;
    if (registersRead(instruction).includes(rt)) {
      if (!isMask || instruction.rs !== rt) return true;
      if (instruction.rt === rt) return false;
    } else if (writesRegister(instruction, rt)) return false;
  }
  return true;
}
