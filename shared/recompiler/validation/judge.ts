/** Decides what the two runs of one input say. */

import type { TrapKind } from "../machine.ts";
import type { CandidateRun } from "./candidate-run.ts";
import {
  controlDifference,
  isSameTrap,
  missingSyscall,
  type RegisterMasks,
  registerDifference,
} from "./differences.ts";
import type { Difference, InconclusiveReason } from "./function-test.ts";
import type { ReferenceRun } from "./reference.ts";

export type Verdict =
  | { readonly kind: "agrees"; readonly isTrap: boolean }
  | { readonly kind: "differs"; readonly difference: Difference }
  | { readonly kind: "inconclusive"; readonly reason: InconclusiveReason };

/**
 * Inputs that nest calls deeper than this are not run: whether the host's stack bears them differs from host to host,
 * and a verdict must not. Every host bears this many frames of lifted code, which has no large ones.
 */
const MOST_NESTED_CALLS = 500;

/** Both stopped in the same way, so far as a verdict asks. */
function isSameEnd({ stop }: ReferenceRun, { end }: CandidateRun): boolean {
  return stop.kind === "trap" && end.kind === "trap" ? isSameTrap(stop.trap, end.trap) : stop.kind === end.kind;
}

/** A trap before more instructions than this tells of the state and not of the function. */
const FEW_INSTRUCTIONS = 8;

/** Traps that code makes on purpose: of a function that only does that, they are what it does. */
const DELIBERATE: ReadonlySet<TrapKind> = new Set(["breakpoint", "trap", "reserved_instruction"]);

/** Why agreement on a state that no program was in says nothing. To differ there is a fault all the same. */
function emptyAgreement({ stop, instructions, hasLeft }: ReferenceRun): InconclusiveReason | undefined {
  if (hasLeft) return "left";
  const isEarly = stop.kind === "trap" && instructions <= FEW_INSTRUCTIONS && !DELIBERATE.has(stop.trap.kind);
  return isEarly ? "early_trap" : undefined;
}

/** Where lifted code stops for want of a translation says nothing, if the reference came there too. */
function hasComeTo({ stop, visited }: ReferenceRun, address: number | undefined): boolean {
  if (address === undefined || visited.some((slot) => slot.address === address)) return true;
  return stop.kind === "trap" && stop.trap.address === address;
}

/** Where lifted code cannot follow, which it said, the reference has gone too: what is done there is not seen. */
function isOnTheWay(reference: ReferenceRun, address: number | undefined): boolean {
  const { stop } = reference;
  return stop.kind === "left" ? stop.target === address : hasComeTo(reference, address);
}

/** What the reference's run alone decides: then the lifted code need not run. */
export function judgeReference({ stop, depth }: ReferenceRun, isReal: boolean): Verdict | undefined {
  if (stop.kind === "budget") return { kind: "inconclusive", reason: "budget" };
  if (depth > MOST_NESTED_CALLS) return { kind: "inconclusive", reason: "host_stack" };
  if (stop.kind === "forbidden_access") return { kind: "inconclusive", reason: "undefined_access" };
  if (stop.kind === "left" && !isReal) return { kind: "inconclusive", reason: "left" };
  return undefined;
}

/**
 * Memory is compared by whoever holds both: `memoryDifference` is asked only when all else agrees. Registers count
 * when the call returned; at a trap or an exit the lifted code may hold newer values than its globals.
 */
export function judge(
  reference: ReferenceRun,
  candidate: CandidateRun,
  isReal: boolean,
  masks: RegisterMasks,
  memoryDifference: () => Difference | undefined,
): Verdict {
  const { stop } = reference;
  const { end } = candidate;
  if (end.kind === "trap" && end.trap === "unlifted" && hasComeTo(reference, end.address)) {
    return { kind: "inconclusive", reason: "unlifted" };
  }
  if (end.kind === "trap" && end.trap === "return_elsewhere" && isOnTheWay(reference, end.address)) {
    return { kind: "inconclusive", reason: "left" };
  }
  if (!isSameEnd(reference, candidate)) return { kind: "differs", difference: controlDifference(stop, end) };
  const difference =
    missingSyscall(reference.asked, candidate.syscalls) ??
    (stop.kind === "returned" ? registerDifference(reference.registers, candidate.registers, masks) : undefined) ??
    memoryDifference();
  if (difference !== undefined) return { kind: "differs", difference };
  const reason = isReal ? undefined : emptyAgreement(reference);
  return reason === undefined ? { kind: "agrees", isTrap: stop.kind === "trap" } : { kind: "inconclusive", reason };
}
