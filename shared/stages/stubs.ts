import type { PlannedFunction } from "../contracts/program.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { Endianness } from "../recompiler/machine.ts";
import type { ProgramImage } from "../recompiler/program.ts";
import { patchImage } from "./patches.ts";

/**
 * Replaces functions by machine code that only returns a value. Oracle and lifter then see the same program, so a stub
 * is tested like any other function.
 * @throws {ContractInputMissing} when a function is too short to hold its stub
 */
export function stubImage(image: ProgramImage, functions: readonly PlannedFunction[]): ProgramImage {
  const patches = functions
    .filter((each) => each.treatment === "stub")
    .map((each) => {
      const words = returningCode(each.returns ?? 0);
      if (each.size < words.length * 4) {
        throw new ContractInputMissing(
          `config manifest: field stubs: function ${each.name} at ${each.address} has ${each.size} bytes; a stub that returns ${each.returns} needs ${words.length * 4}`,
        );
      }
      return { address: each.address, bytes: words.map((word) => wordBytes(word, image.endianness)).join("") };
    });
  return patchImage(image, patches);
}

const V0 = 2;
const JR_RA = 0x03e00008;

/** `v0 = value; return`, the last instruction in the delay slot of the return. */
function returningCode(value: number): number[] {
  const addiu = (0x09 << 26) | (V0 << 16) | (value & 0xffff);
  if (value >= -0x8000 && value < 0x8000) return [JR_RA, addiu];
  const lui = (0x0f << 26) | (V0 << 16) | (value >>> 16);
  const ori = (0x0d << 26) | (V0 << 21) | (V0 << 16) | (value & 0xffff);
  return [lui, JR_RA, ori];
}

function wordBytes(word: number, endianness: Endianness): string {
  const bytes = Buffer.alloc(4);
  if (endianness === "big") bytes.writeInt32BE(word | 0);
  else bytes.writeInt32LE(word | 0);
  return bytes.toString("hex");
}
