/** Random states a function might be entered in: registers, and what lies on the stack and behind pointers. */

import { A0, GP, RA, REGISTER_COUNT, SP } from "../machine.ts";
import type { Capture, CapturedPage } from "../oracle/capture.ts";
import { PAGE_BYTES } from "../oracle/watched-memory.ts";
import type { GuestFunction, MemoryLayout, ProgramImage, Segment } from "../program.ts";
import { type Random, randomFrom } from "./random.ts";
import type { Vector } from "./vector.ts";

export interface RandomContext {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
  /** The image's segments, by whether the program may write to them. */
  readonly writable: readonly Segment[];
  readonly readOnly: readonly Segment[];
  /** Instructions the reference may take from a random state. */
  readonly maxInstructions: number;
  /** A copy of a page of linear memory as the program is loaded. */
  readonly loadedPage: (page: number) => Uint8Array;
}

/** The function that random states are made for. */
export interface RandomSubject {
  readonly address: number;
  /** Its captures, in order. */
  readonly captures: readonly Capture[];
  /** Addresses of writable data that it names ({@link referencedData}). */
  readonly globals: readonly number[];
}

/** Where random states return to: an address that holds no code, so that nothing else goes there. */
export const RETURN_GATE = 0xffff_fff0 | 0;

const ARGUMENTS = [A0, A0 + 1, A0 + 2, A0 + 3] as const;

/** Register that position-independent code finds its own address in. */
const T9 = 25;

/** The part of the stack that is filled: below the stack pointer, where frames will be, and above, where arguments are. */
const FILLED_BELOW = 256;
const FILLED_BYTES = 1280;

/** Random stack pointers lie this far below the top, so that deep calls have room on both sides. */
const STACK_POINTER_DEPTH = 64 << 10;
const STACK_POINTER_SPREAD = 16 << 10;

/** Values at which conditions, carries and sign extensions turn. */
// biome-ignore format: by size
const EDGE_VALUES = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
  0x7ffffffe, 0x7fffffff, -0x80000000, -0x7fffffff, -0x10000, -0x8001, -0x8000, -0x100, -0x81, -0x80, -32, -4, -2, -1,
];

type ValueKind = "small" | "edge" | "stack" | "writable" | "readable" | "code" | "byte" | "any";

/** How often each kind of value is drawn, in parts of the sum. */
// biome-ignore format: a table
const WEIGHTS: readonly (readonly [kind: ValueKind, weight: number])[] = [
  ["small",    20],
  ["edge",     18],
  ["stack",    22],
  ["writable", 16],
  ["readable",  6],
  ["code",      5],
  ["byte",      5],
  ["any",       8],
];

const KINDS: readonly ValueKind[] = WEIGHTS.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

function addressIn(random: Random, start: number, length: number): number {
  const offset = random.below(Math.max(1, length));
  const isAligned = !random.oneIn(6);
  return (start + (isAligned ? offset - (offset % 4) : offset)) | 0;
}

function addressInSegments(random: Random, segments: readonly Segment[]): number {
  if (segments.length === 0) return random.below(256);
  const segment = random.pick(segments);
  return addressIn(random, segment.address, segment.memorySize);
}

function plausibleValue(
  random: Random,
  { functions, writable, readOnly }: RandomContext,
  stackPointer: number,
): number {
  switch (random.pick(KINDS)) {
    case "small":
      return random.below(72) - 8;
    case "edge":
      return random.pick(EDGE_VALUES);
    case "stack":
      return addressIn(random, stackPointer, FILLED_BYTES - FILLED_BELOW);
    case "writable":
      return addressInSegments(random, writable);
    case "readable":
      return addressInSegments(random, readOnly);
    case "code":
      return functions.length === 0 ? 0 : random.pick(functions).address | 0;
    case "byte":
      return random.below(256);
    default:
      return random.word();
  }
}

/** A page's bytes as words in the order of linear memory, which keeps words in the host's order for either endianness. */
function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/**
 * What memory around the stack pointer is filled with: anything plausible, values at which results turn, any bytes, or
 * text. One kind for a state, so that each kind meets code that goes through much of it.
 */
type Filling = (random: Random, context: RandomContext, stackPointer: number) => number;

const printable = (random: Random): number => (random.oneIn(12) ? 0 : 32 + random.below(95));

const FILLINGS: readonly Filling[] = [
  plausibleValue,
  (random) => random.pick(EDGE_VALUES),
  (random) => random.word(),
  (random) => printable(random) | (printable(random) << 8) | (printable(random) << 16) | (printable(random) << 24),
];

function stackPages(random: Random, context: RandomContext, stackPointer: number): CapturedPage[] {
  const firstPage = Math.floor((stackPointer - FILLED_BELOW - context.layout.base) / PAGE_BYTES);
  const filling = random.pick(FILLINGS);
  return Array.from({ length: FILLED_BYTES / PAGE_BYTES }, (_, index) => {
    const bytes = new Uint8Array(PAGE_BYTES);
    const words = wordsOf(bytes);
    for (let position = 0; position < words.length; position++)
      words[position] = filling(random, context, stackPointer);
    return { page: firstPage + index, bytes };
  });
}

/** Words from a named address on that are given other values: a variable, or the head of a structure or table. */
const WORDS_AT_GLOBAL = 8;

/** Pages in which some of the function's globals have other values than at start. */
function globalPages(
  random: Random,
  context: RandomContext,
  globals: readonly number[],
  stackPointer: number,
): CapturedPage[] {
  const pages = new Map<number, Uint8Array>();
  for (const address of globals) {
    if (random.oneIn(2)) continue;
    const firstWord = Math.floor((address - context.layout.base) / 4);
    for (let word = firstWord; word < firstWord + WORDS_AT_GLOBAL; word++) {
      const page = Math.floor((word * 4) / PAGE_BYTES);
      const bytes = pages.get(page) ?? context.loadedPage(page);
      pages.set(page, bytes);
      wordsOf(bytes)[word % (PAGE_BYTES / 4)] = plausibleValue(random, context, stackPointer);
    }
  }
  return [...pages].map(([page, bytes]) => ({ page, bytes })).sort((a, b) => a.page - b.page);
}

function freshState(
  random: Random,
  context: RandomContext,
  { address, globals }: RandomSubject,
): Pick<Vector, "registers" | "pages"> {
  const { image, layout } = context;
  const reach = Math.min(STACK_POINTER_DEPTH, (layout.stackTop - layout.stackBottom) / 2);
  const spread = Math.min(STACK_POINTER_SPREAD, reach / 2);
  const offset = random.below(spread);
  const stackPointer = layout.stackTop - reach + offset - (offset % 8);
  const registers = Int32Array.from({ length: REGISTER_COUNT }, () => plausibleValue(random, context, stackPointer));
  for (const register of ARGUMENTS) {
    if (random.oneIn(4)) registers[register] = addressIn(random, stackPointer, FILLED_BYTES - FILLED_BELOW);
  }
  registers[0] = 0;
  registers[SP] = stackPointer;
  registers[RA] = RETURN_GATE;
  registers[T9] = address;
  if (image.gp !== undefined) registers[GP] = image.gp;
  const changed = random.oneIn(2) ? globalPages(random, context, globals, stackPointer) : [];
  return { registers, pages: [...changed, ...stackPages(random, context, stackPointer)] };
}

/** Registers a captured state keeps: without them it is no state of this program any more. */
const KEPT: ReadonlySet<number> = new Set([0, T9, GP, SP, RA]);
const CHANGEABLE = Array.from({ length: REGISTER_COUNT }, (_, register) => register).filter((each) => !KEPT.has(each));
const MOST_CHANGES = 4;

/** A captured state with a few registers or words changed: arguments mostly, for they decide where the code goes. */
function changedState(random: Random, context: RandomContext, capture: Capture): Pick<Vector, "registers" | "pages"> {
  const registers = capture.registers.slice();
  const pages = capture.pages.map(({ page, bytes }) => ({ page, bytes: bytes.slice() }));
  for (let left = 1 + random.below(MOST_CHANGES); left > 0; left--) {
    const value = plausibleValue(random, context, registers[SP]!);
    if (pages.length > 0 && random.oneIn(3)) {
      const { bytes } = random.pick(pages);
      if (random.oneIn(2)) bytes[random.below(PAGE_BYTES)] = random.below(256);
      else wordsOf(bytes)[random.below(PAGE_BYTES / 4)] = value;
    } else {
      registers[random.oneIn(3) ? random.pick(CHANGEABLE) : random.pick(ARGUMENTS)] = value;
    }
  }
  return { registers, pages };
}

/**
 * The `index`th random state of a function: every other one is a changed captured state, where there are captures; of
 * the rest, every other one has other values in the function's globals. It follows from the arguments alone.
 */
export function randomVector(context: RandomContext, subject: RandomSubject, seed: string, index: number): Vector {
  const { captures } = subject;
  const ownSeed = `${seed}:${subject.address}:${index}`;
  const random = randomFrom(ownSeed);
  const capture = captures.length > 0 && index % 2 === 0 ? random.pick(captures) : undefined;
  const state = capture === undefined ? freshState(random, context, subject) : changedState(random, context, capture);
  return {
    ...state,
    origin: { kind: "random", index, seed },
    threadPointer: capture?.threadPointer ?? random.word() & ~3,
    answers: { kind: "invented", seed: ownSeed },
    maxInstructions: context.maxInstructions,
    isReal: false,
  };
}
