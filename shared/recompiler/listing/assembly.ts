/** A function's machine code as text, with the names of what it calls and jumps to. */

import { lastStartingAtOrBefore, wordAt } from "../image.ts";
import { decode } from "../mips/decode.ts";
import { disassembleWord } from "../mips/disassemble.ts";
import { OPCODE_OF } from "../mips/opcodes.ts";
import type { GuestFunction, ProgramImage } from "../program.ts";

export interface AssemblyLine {
  readonly address: number;
  /** As objdump writes it, mnemonic and operands apart by a space, and the name of a target behind it. */
  readonly text: string;
}

/** What an address is called: a function's name, or a place in one (`main+0x1c`); undefined where no function holds it. */
export type NameOfAddress = (address: number) => string | undefined;

/** @param functions sorted by address */
export function addressNames(functions: readonly GuestFunction[]): NameOfAddress {
  return (address) => {
    const fn = functionHolding(functions, address);
    if (fn === undefined) return undefined;
    const offset = address - fn.address;
    return offset === 0 ? fn.name : `${fn.name}+0x${offset.toString(16)}`;
  };
}

/** @param functions sorted by address */
export function functionHolding(functions: readonly GuestFunction[], address: number): GuestFunction | undefined {
  const fn = functions[lastStartingAtOrBefore(functions, address, (each) => each.address)];
  return fn !== undefined && address < fn.address + fn.size ? fn : undefined;
}

/** The instruction at an address; what is none says so. */
export function assemblyAt(image: ProgramImage, address: number, nameOf: NameOfAddress): AssemblyLine {
  const word = wordAt(image, address);
  if (word === undefined) return { address, text: "no code of the program" };
  const text = disassembleWord(word, address).replace("\t", " ");
  const instruction = decode(word, address);
  const target = instruction && hasTarget(instruction.mnemonic) ? nameOf(instruction.target) : undefined;
  return { address, text: target === undefined ? text : `${text} <${target}>` };
}

const hasTarget = (mnemonic: keyof typeof OPCODE_OF): boolean => OPCODE_OF[mnemonic].operands.includes("target");
