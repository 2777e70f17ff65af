/** What one function shows of the program around it: how far it reaches, what it calls, where it leaves to. */

import { wordAt } from "../image.ts";
import { RA } from "../machine.ts";
import type { BasicBlock, ProgramImage } from "../program.ts";
import { type Answers, exploring } from "./answers.ts";
import { decode } from "./decode.ts";
import { explore } from "./explore.ts";
import { type FunctionExtent, flowMapOf } from "./flow-map.ts";
import { hasDelaySlot, writesRegister } from "./instruction.ts";
import { hasNoLaterPrologue, looksLikePrologue } from "./prologue.ts";
import { flowTargets } from "./terminator.ts";
import { decodeForTracing, startsInstruction } from "./trace-decode.ts";

export interface Trace {
  /** Instructions inside the function's range. */
  readonly own: ReadonlySet<number>;
  /** Instructions elsewhere that its flow goes through. */
  readonly foreign: ReadonlySet<number>;
  /** Past the last own instruction; the start when there is none. */
  readonly end: number;
  /** Targets of its calls, in address order. */
  readonly calls: readonly number[];
  /** Targets of its unconditional jumps, in address order. */
  readonly jumps: readonly number[];
  /** Past the first straight run of instructions. */
  readonly firstRunEnd: number;
  readonly hasObstacle: boolean;
  /** Functions it ends in: tail calls, in address order. */
  readonly tailCalls: readonly number[];
  /** It may go back to its caller by an instruction of its own. */
  readonly mayReturn: boolean;
  /** It holds a `jr` that neither returns nor goes through a known table. */
  readonly hasUnknownJump: boolean;
}

/** `t9` holds the callee's address in calls and tail calls of position-independent code, and no table entry. */
const CALL_REGISTER = 25;

export interface TracedFunction {
  readonly trace: Trace;
  readonly answers: Answers;
  /** Undefined where the lift would take other ways: a guess, or an instruction that it decodes otherwise or not at all. */
  readonly blocks: readonly BasicBlock[] | undefined;
  /** At least as many as were visited. */
  readonly instructions: number;
}

export function traceFunction(extent: FunctionExtent, maximumInstructions: number): TracedFunction {
  const { image, start } = extent;
  const { answers, surroundings } = exploring(extent);
  const { isOwn } = surroundings;
  const flow = flowMapOf(surroundings);
  let hasStandIn = false;
  const isOpenEnded = extent.looksLikeNext !== undefined && hasNoLaterPrologue(image, start);
  const { blocks, obstacles, reached } = explore({
    image,
    entry: start,
    decode(word, address) {
      const known = decode(word, address);
      hasStandIn ||= known === undefined;
      return known ?? decodeForTracing(word, address);
    },
    flow,
    jumpTables: [],
    scope: {
      image,
      isOwn: (address) => address !== start && isOwn(address),
      isReachable: (address) => startsInstruction(image, address) && flow.jumpTo(address).kind === "block",
      ...(isOpenEnded && {
        looksForeign(address) {
          const does = looksLikePrologue(image, address);
          answers.hasGuessed ||= does;
          return does;
        },
      }),
    },
    maximumInstructions,
  });
  const own = new Set([...reached].filter(isOwn));
  const calls: number[] = [];
  const jumps: number[] = [];
  const tailCalls: number[] = [];
  let hasUnknownJump = false;
  let mayReturn = obstacles.length > 0;
  for (const { terminator } of blocks) {
    mayReturn ||= terminator.kind === "return" || terminator.kind === "jump_indirect";
    for (const target of flowTargets(terminator)) {
      const isAfterCall = "next" in terminator && terminator.kind !== "fallthrough";
      if (target.kind !== "function") continue;
      if (!isAfterCall) tailCalls.push(target.address);
      // A guess that the call does not return does not mean that this function does not.
      else if (isOwn(target.address) && surroundings.isEndlessCall?.(target.address - 8) !== true) mayReturn = true;
    }
    if (!("instruction" in terminator)) continue;
    const { address, rs } = terminator.instruction;
    if (terminator.kind === "call") calls.push(terminator.target);
    if (terminator.kind === "conditional_call" && rs !== 0) calls.push(terminator.target);
    if (terminator.kind === "jump_indirect") hasUnknownJump ||= rs !== CALL_REGISTER;
    // What shared code does is for its own function to tell.
    if (!isOwn(address)) continue;
    const isLinking = writesRegister(terminator.instruction, RA);
    if (terminator.kind === "jump" && !isLinking) jumps.push(terminator.target.address);
    if (terminator.kind === "branch") {
      jumps.push(...flowTargets(terminator).flatMap((target) => (isOwn(target.address) ? [] : target.address)));
    }
  }
  const trace: Trace = {
    own,
    foreign: new Set([...reached].filter((address) => !isOwn(address))),
    end: endOf(image, start, own),
    calls,
    jumps,
    tailCalls,
    mayReturn,
    firstRunEnd: firstRunEnd(image, start, reached),
    hasObstacle: obstacles.length > 0 || reached.size === 0,
    hasUnknownJump,
  };
  const isLiftable = !hasStandIn && obstacles.length === 0 && !answers.hasGuessed;
  return {
    trace,
    answers,
    blocks: isLiftable ? blocks : undefined,
    instructions: reached.size + obstacles.length,
  };
}

/** Past the last instruction; `nop`s at the end that are no delay slots only fill the space behind a last call. */
function endOf(image: ProgramImage, start: number, own: ReadonlySet<number>): number {
  const isControl = (address: number): boolean => {
    const instruction = own.has(address) ? decodeForTracing(wordAt(image, address)!, address) : undefined;
    return instruction !== undefined && hasDelaySlot(instruction);
  };
  let last = start;
  for (const address of own) last = Math.max(last, address);
  while (last > start && wordAt(image, last) === 0 && !isControl(last - 4)) last -= 4;
  return last + 4;
}

function firstRunEnd(image: ProgramImage, start: number, reached: ReadonlySet<number>): number {
  let address = start;
  while (reached.has(address)) address += 4;
  return Math.max(address, wordAt(image, start) === undefined ? start : start + 4);
}
