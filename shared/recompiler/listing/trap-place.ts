/** Where in the program lifted code was when it trapped, and which registers its globals do not hold as they were then. */

import { wordAt } from "../image.ts";
import type { CodeOrigin } from "../lift/emit/writer.ts";
import { decode } from "../mips/decode.ts";
import { hasDelaySlot, type Instruction, registersWritten } from "../mips/instruction.ts";
import { flowTargets } from "../mips/terminator.ts";
import type { BasicBlock, ControlFlowGraph, ProgramImage } from "../program.ts";
import { REGISTER_COUNT } from "../register-file.ts";

/** The instruction that a piece of code comes from. @param at bytes of the body before it */
export function originAt(origins: readonly CodeOrigin[], at: number): number | undefined {
  const address = origins.findLast((origin) => origin.at <= at)?.address;
  return address === 0 ? undefined : address;
}

/** Code behind a delay slot is that of the instruction that has the slot. */
export function callBefore(image: ProgramImage, address: number): number {
  const word = wordAt(image, address - 4);
  const before = word === undefined ? undefined : decode(word, address - 4);
  return before !== undefined && hasDelaySlot(before) ? address - 4 : address;
}

/** Sets of slots of the register file. */
type Slots = bigint;

const slotsWritten = (instruction: Instruction): Slots =>
  registersWritten(instruction).reduce((slots, slot) => slots | (1n << BigInt(slot)), 0n);

/**
 * Registers that the function may have changed since its last call, or since it began: their globals may be older than
 * they are. All others are as they were.
 * @param address of the instruction that trapped
 */
export function staleRegisters({ function: fn, blocks }: ControlFlowGraph, address: number): number[] {
  const at = new Map(blocks.map((block) => [block.address, block]));
  const before = new Map<number, Slots>([[fn.address, 0n]]);
  const pending = [fn.address];
  let stale = 0n;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const block = at.get(next);
    if (block === undefined) continue;
    const { changed, changedAt } = passBlock(block, before.get(next) ?? 0n, address);
    stale |= changedAt;
    for (const target of flowTargets(block.terminator)) {
      const known = before.get(target.address);
      if (target.kind !== "block" || (known !== undefined && (known | changed) === known)) continue;
      before.set(target.address, (known ?? 0n) | changed);
      pending.push(target.address);
    }
  }
  return Array.from({ length: REGISTER_COUNT }, (_, slot) => slot).filter((slot) => (stale >> BigInt(slot)) & 1n);
}

/** What a block leaves changed, and what is changed at the address, where the block holds it. */
function passBlock({ instructions, terminator }: BasicBlock, before: Slots, address: number) {
  let changed = before;
  let changedAt = 0n;
  const pass = (instruction: Instruction) => {
    if (instruction.address === address) changedAt = changed;
    changed = instruction.mnemonic === "syscall" ? 0n : changed | slotsWritten(instruction);
  };
  instructions.forEach(pass);
  if (terminator.kind === "obstacle" && terminator.obstacle.address === address) changedAt = changed;
  if ("instruction" in terminator) pass(terminator.instruction);
  if ("delaySlot" in terminator) pass(terminator.delaySlot);
  const isCall =
    terminator.kind === "call" || terminator.kind === "call_indirect" || terminator.kind === "conditional_call";
  return { changed: isCall ? 0n : changed, changedAt };
}
