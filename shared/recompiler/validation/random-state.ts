/** Random states a function might be entered in: registers, and what lies on the stack and in globals. */

import { CONDITIONS, FLUSH, initialControl } from "../float/status.ts";
import type { MachineUse } from "../lift/use.ts";
import { A0, GP, RA, SP } from "../machine.ts";
import type { CapturedPage } from "../oracle/capture.ts";
import { PAGE_BYTES } from "../oracle/watched-memory.ts";
import type { GuestFunction, MemoryLayout, ProgramImage, Segment } from "../program.ts";
import { emptyRegisters, FCSR, HI, LO } from "../register-file.ts";
import type { CodeHints } from "./code-hints.ts";
import { type ConstantWords, restoreConstants } from "./constant-words.ts";
import type { Random } from "./random.ts";
import { fillFloats } from "./random-floats.ts";
import { addressIn, FILLINGS, type Filling, plausibleValue, usableValue, type ValueSources } from "./random-values.ts";

export interface RandomContext {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
  readonly use: MachineUse;
  /** The image's segments, by whether the program may write to them. */
  readonly writable: readonly Segment[];
  readonly readOnly: readonly Segment[];
  /** A copy of a page of linear memory as the program is loaded. */
  readonly loadedPage: (page: number) => Uint8Array;
  /** What no state changes. */
  readonly constants: ConstantWords;
}

/** What of a vector is random. Pages that are not among these are as loaded. */
export interface State {
  readonly registers: Int32Array;
  readonly threadPointer: number;
  readonly pages: readonly CapturedPage[];
}

/** Where random states return to: an address that holds no code, so that nothing else goes there. */
export const RETURN_GATE = 0xffff_fff0 | 0;

/** Register that position-independent code finds its own address in. */
const T9 = 25;
const ARGUMENTS = [A0, A0 + 1, A0 + 2, A0 + 3] as const;

/** General registers, HI and LO. */
const INTEGERS: readonly number[] = [...Array.from({ length: HI }, (_, number) => number).slice(1), HI, LO];

/** The part of the stack that is filled: below the stack pointer, where frames will be, and above, where arguments are. */
const FILLED_BELOW = 256;
const FILLED_BYTES = 768;

/** The thread pointer lies so far above the block of thread-local variables (o32 TLS ABI); a thread's descriptor lies below it. */
const THREAD_POINTER_OFFSET = 0x7000;

/** Random stack pointers lie this far below the top, so that deep calls have room on both sides. */
const STACK_POINTER_DEPTH = 64 << 10;
const STACK_POINTER_SPREAD = 16 << 10;

function sourcesAround(context: RandomContext, hints: CodeHints, stackPointer: number): ValueSources {
  const { functions, writable, readOnly } = context;
  const stack = { start: stackPointer, length: FILLED_BYTES - FILLED_BELOW };
  return { functions, writable, readOnly, constants: hints.constants, stack };
}

/** A page's bytes as words in the order of linear memory, which has words in the host's order for either endianness. */
function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Pages from the one that holds the address on. */
function filledPages(
  random: Random,
  { layout }: RandomContext,
  sources: ValueSources,
  filling: Filling,
  range: { readonly start: number; readonly length: number },
): CapturedPage[] {
  const firstPage = Math.floor((range.start - layout.base) / PAGE_BYTES);
  return Array.from({ length: range.length / PAGE_BYTES }, (_, index) => {
    const bytes = new Uint8Array(PAGE_BYTES);
    const words = wordsOf(bytes);
    for (let position = 0; position < words.length; position++) words[position] = filling(random, sources);
    return { page: firstPage + index, bytes };
  });
}

/** Words from a named address on that are given other values: a variable, or the head of a structure or table. */
const WORDS_AT_GLOBAL = 8;

/** Pages in which some of the function's globals have other values than at start. */
function globalPages(
  random: Random,
  { layout, loadedPage, constants }: RandomContext,
  globals: readonly number[],
  sources: ValueSources,
  filling: Filling,
): CapturedPage[] {
  const pages = new Map<number, Uint8Array>();
  for (const address of globals) {
    if (random.oneIn(2)) continue;
    const firstWord = Math.floor((address - layout.base) / 4);
    for (let word = firstWord; word < firstWord + WORDS_AT_GLOBAL; word++) {
      const page = Math.floor((word * 4) / PAGE_BYTES);
      const bytes = pages.get(page) ?? loadedPage(page);
      pages.set(page, bytes);
      wordsOf(bytes)[word % (PAGE_BYTES / 4)] = filling(random, sources);
    }
  }
  for (const [page, bytes] of pages) restoreConstants(constants, page, bytes, () => loadedPage(page));
  return [...pages].map(([page, bytes]) => ({ page, bytes })).sort((a, b) => a.page - b.page);
}

/** A state made up from nothing: in half of them some of the function's globals are other than at start. */
export function freshState(random: Random, context: RandomContext, address: number, hints: CodeHints): State {
  const { image, layout } = context;
  const reach = Math.min(STACK_POINTER_DEPTH, (layout.stackTop - layout.stackBottom) / 2);
  const offset = random.below(Math.min(STACK_POINTER_SPREAD, reach / 2));
  const stackPointer = layout.stackTop - reach + offset - (offset % 8);
  const sources = sourcesAround(context, hints, stackPointer);
  const registers = emptyRegisters();
  // Register 0 takes a draw too, as it always has: states stay what their numbers say.
  for (const register of [0, ...INTEGERS]) registers[register] = plausibleValue(random, sources);
  if (random.oneIn(2)) {
    for (const register of ARGUMENTS) registers[register] = usableValue(random, sources);
  } else
    for (const register of ARGUMENTS) {
      if (random.oneIn(4)) registers[register] = addressIn(random, sources.stack.start, sources.stack.length);
      // Equal and neighbouring arguments are rare by chance and matter to whatever compares them.
      else if (random.oneIn(6)) registers[register] = registers[random.pick(ARGUMENTS)]! + random.below(3) - 1;
    }
  registers[0] = 0;
  registers[SP] = stackPointer;
  registers[RA] = RETURN_GATE;
  registers[T9] = address;
  if (image.gp !== undefined) registers[GP] = image.gp;
  fillUnit(random, context, hints, registers);
  const filling = random.pick(FILLINGS);
  const changed = random.oneIn(2) ? globalPages(random, context, hints.globals, sources, filling) : [];
  const fill = (start: number, length: number): CapturedPage[] =>
    filledPages(random, context, sources, filling, { start, length });
  const threadBlock = layout.stackBottom + (layout.stackTop - layout.stackBottom) / 4;
  return {
    registers,
    threadPointer: random.oneIn(8) ? random.word() & ~3 : (threadBlock + THREAD_POINTER_OFFSET) | 0,
    pages: [
      ...changed,
      ...fill(threadBlock - PAGE_BYTES, 2 * PAGE_BYTES),
      ...fill(stackPointer - FILLED_BELOW, FILLED_BYTES),
    ],
  };
}

/** Conditions of any kind; where the program may set modes, and see flags, those too. Nothing is enabled. */
function fillUnit(
  random: Random,
  { image, use }: RandomContext,
  { conversions }: CodeHints,
  registers: Int32Array,
): void {
  registers[FCSR] = initialControl(image.float?.isNan2008 ?? false);
  if (use.float === undefined) return;
  fillFloats(random, use.float.registerBits, conversions, registers);
  let control = random.word() & CONDITIONS;
  if (use.float.control !== "plain" && random.oneIn(2)) control |= random.below(4) | (random.oneIn(8) ? FLUSH : 0);
  if (use.float.control === "observed") control |= random.below(32) << 2;
  registers[FCSR]! |= control;
}

/** Registers a changed state keeps: without them it is no state of this program any more. */
const UNCHANGED: ReadonlySet<number> = new Set([T9, GP, SP, RA]);
const CHANGEABLE = INTEGERS.filter((each) => !UNCHANGED.has(each));
const MOST_CHANGES = 4;

/** Another state with a few registers or words changed: arguments mostly, for they decide where the code goes. */
export function changedState(random: Random, context: RandomContext, hints: CodeHints, parent: State): State {
  const registers = parent.registers.slice();
  const pages = parent.pages.map(({ page, bytes }) => ({ page, bytes: bytes.slice() }));
  const sources = sourcesAround(context, hints, registers[SP]!);
  for (let left = 1 + random.below(MOST_CHANGES); left > 0; left--) {
    const value = plausibleValue(random, sources);
    if (pages.length > 0 && random.oneIn(3)) {
      const { bytes } = random.pick(pages);
      if (random.oneIn(2)) bytes[random.below(PAGE_BYTES)] = value;
      else wordsOf(bytes)[random.below(PAGE_BYTES / 4)] = value;
    } else {
      registers[random.oneIn(3) ? random.pick(CHANGEABLE) : random.pick(ARGUMENTS)] = value;
    }
  }
  if (context.use.float !== undefined && random.oneIn(2)) {
    fillFloats(random, context.use.float.registerBits, hints.conversions, registers);
  }
  for (const { page, bytes } of pages) {
    restoreConstants(context.constants, page, bytes, () => context.loadedPage(page));
  }
  return { registers, threadPointer: parent.threadPointer, pages };
}
