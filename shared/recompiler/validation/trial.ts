/** Tries one function: every input through both sides, then a look at all of memory for writes that went astray. */

import { RecompilerError } from "../errors.ts";
import { hex } from "../machine.ts";
import type { Capture } from "../oracle/capture.ts";
import type { DecodedInstruction } from "../oracle/machine.ts";
import { PAGE_BYTES } from "../oracle/watched-memory.ts";
import type { GuestFunction } from "../program.ts";
import type { Bench } from "./bench.ts";
import { codeHints } from "./code-hints.ts";
import { hasSameConstants } from "./constant-words.ts";
import { memoryDifference, pageDifference } from "./differences.ts";
import type { Difference, FunctionTest, InconclusiveReason, TestStatus, VectorCounts } from "./function-test.ts";
import { judge, judgeReference, type Verdict } from "./judge.ts";
import { lineageOf, type RandomSubject, randomVector } from "./random-vector.ts";
import { createReference, type Reference, type ReferenceRun } from "./reference.ts";
import type { Vector, VectorOrigin } from "./vector.ts";

export interface FunctionTrial {
  readonly test: FunctionTest;
  /** Positions of the functions that the failing input ran through; none if no input failed. */
  readonly functionsRun: ReadonlySet<number>;
}

function capturedVector(capture: Capture, index: number): Vector {
  return {
    origin: { kind: "captured", index, call: capture.call },
    registers: capture.registers,
    threadPointer: capture.threadPointer,
    pages: capture.pages,
    answers: { kind: "recorded", records: capture.syscalls },
    maxInstructions: capture.instructions + 1,
    isReal: true,
  };
}

function randomSubjectOf({ random }: Bench, subject: GuestFunction, captures: readonly Capture[]): RandomSubject {
  return { address: subject.address, captures, hints: codeHints(random.image, subject) };
}

/**
 * The input that an origin names.
 * @param captures of the function, by call
 * @throws RecompilerError `captures_foreign` where there is no such capture
 */
export function vectorFrom(
  bench: Bench,
  subject: GuestFunction,
  captures: readonly Capture[],
  origin: VectorOrigin,
): Vector {
  if (origin.kind === "random") {
    const { random, maxInstructions } = bench;
    return randomVector(
      random,
      randomSubjectOf(bench, subject, captures),
      origin.seed,
      origin.lineage,
      maxInstructions,
    );
  }
  const capture = captures[origin.index];
  if (capture?.call === origin.call) return capturedVector(capture, origin.index);
  const expected = `captured state ${origin.index} of ${subject.name} to be call ${origin.call}`;
  throw new RecompilerError("captures_foreign", `captures: expected ${expected}, found ${capture?.call ?? "none"}`);
}

function checkReproduced(subject: GuestFunction, capture: Capture, run: ReferenceRun): void {
  if (run.stop.kind === capture.end && run.instructions === capture.instructions) return;
  throw new RecompilerError(
    "captures_foreign",
    `captures: call ${capture.call} of ${subject.name} at ${hex(subject.address)}: expected ${capture.end} after ` +
      `${capture.instructions} instructions, found ${run.stop.kind} after ${run.instructions}; the captures are of ` +
      "another program: trace this one",
  );
}

/** Did the reference do what no compiler's code does, and change an entry of the offset table? */
function hasChangedConstants({ random }: Bench, { memory, touched }: Reference): boolean {
  for (const [page, before] of touched) {
    if (!hasSameConstants(random.constants, page, before, memory.copyPage(page))) return true;
  }
  return false;
}

interface VectorResult {
  readonly verdict: Verdict;
  readonly run: ReferenceRun;
}

const REPAIRED_BYTES = 1 << 16;

/**
 * Makes the candidate's memory what the reference's is. Only pieces that differ are written: most of memory was never
 * touched and takes no room, nor time to look through, until it is.
 */
function repair({ candidate, memory }: Bench): void {
  const { bytes, size } = candidate.memory;
  for (let start = 0; start < size; start += REPAIRED_BYTES) {
    const right = memory.bytes.subarray(start, Math.min(start + REPAIRED_BYTES, size));
    if (Buffer.compare(right, bytes.subarray(start, start + right.length)) !== 0) bytes.set(right, start);
  }
}

/** One input through both sides; both memories are as before when it returns, but for the candidate's stray writes. */
export function tryVector(bench: Bench, reference: Reference, subject: GuestFunction, vector: Vector): VectorResult {
  const { candidate } = bench;
  const run = reference.run(subject.address, vector);
  const early = judgeReference(run, vector.isReal);
  if (early !== undefined) {
    reference.undo();
    return { verdict: early, run };
  }
  const candidateRun = candidate.run(subject.address, vector, run.asked, run.instructions);
  const verdict = judge(run, candidateRun, vector.isReal, bench.masks, () =>
    pageDifference(reference.touched.keys(), reference.memory, candidate.memory),
  );
  const isExcused = verdict.kind === "differs" && hasChangedConstants(bench, reference);
  reference.undo();
  for (const [page, bytes] of reference.touched) candidate.memory.bytes.set(bytes, page * PAGE_BYTES);
  // What the candidate did then may be anywhere, and is not to be held against it at later inputs.
  if (isExcused) repair(bench);
  return { verdict: isExcused ? { kind: "inconclusive", reason: "undefined_access" } : verdict, run };
}

interface Failure {
  readonly vector: Vector;
  readonly difference: Difference;
  readonly run: ReferenceRun;
}

/**
 * Finds the first input that fails, looking at all of memory after each: a write that went astray on one input may
 * make a later one fail, and the earlier is to be named.
 */
function firstFailure(
  bench: Bench,
  reference: Reference,
  subject: GuestFunction,
  vectors: readonly Vector[],
): Failure | undefined {
  for (const vector of vectors) {
    repair(bench);
    const { verdict, run } = tryVector(bench, reference, subject, vector);
    if (verdict.kind === "differs") return { vector, difference: verdict.difference, run };
    const stray = memoryDifference(bench.memory, bench.candidate.memory);
    if (stray !== undefined && verdict.kind === "agrees") return { vector, difference: stray, run };
  }
  return undefined;
}

class Tally {
  conclusive = 0;
  trapped = 0;
  readonly inconclusive: Record<InconclusiveReason, number> = {
    budget: 0,
    unlifted: 0,
    host_stack: 0,
    left: 0,
    early_trap: 0,
    undefined_access: 0,
  };

  add(verdict: Verdict): void {
    if (verdict.kind === "inconclusive") {
      this.inconclusive[verdict.reason]++;
      return;
    }
    this.conclusive++;
    if (verdict.kind === "agrees" && verdict.isTrap) this.trapped++;
  }

  counts(): VectorCounts {
    return { conclusive: this.conclusive, trapped: this.trapped, inconclusive: { ...this.inconclusive } };
  }
}

/** What the inputs of a function have shown so far. */
interface Findings {
  readonly vectors: Vector[];
  readonly captured: Tally;
  readonly random: Tally;
  /** Instructions of the function that conclusive inputs ran. */
  readonly executed: Set<DecodedInstruction>;
  isSuspect: boolean;
  /** All of memory was looked through since the lifted code last ran. */
  isLookedThrough: boolean;
}

const isPowerOfFour = (count: number): boolean => Number.isInteger(Math.log2(count) / 2);

/** Has the lifted code written where the reference has not? Looks at all of memory, so it is not asked at every input. */
const hasStrayWrite = (bench: Bench): boolean => memoryDifference(bench.memory, bench.candidate.memory) !== undefined;

/**
 * Counts an input. Returns whether it ran instructions of the function that no input before had run.
 *
 * A stray write is seen as long as nothing puts back what it changed, which a later one may by chance: so memory is
 * looked through after the 1st, 4th, 16th ... conclusive input as well as at the end.
 */
function note(
  bench: Bench,
  findings: Findings,
  { address, size }: GuestFunction,
  vector: Vector,
  { verdict, run }: VectorResult,
): boolean {
  findings.vectors.push(vector);
  findings[vector.origin.kind].add(verdict);
  findings.isLookedThrough = false;
  if (verdict.kind === "differs") findings.isSuspect = true;
  if (verdict.kind !== "agrees") return false;
  if (isPowerOfFour(findings.captured.conclusive + findings.random.conclusive)) {
    findings.isSuspect ||= hasStrayWrite(bench);
    findings.isLookedThrough = true;
  }
  const before = findings.executed.size;
  for (const slot of run.visited) {
    if (slot.address >= address && slot.address < address + size) findings.executed.add(slot);
  }
  return findings.executed.size > before;
}

function tryAll(bench: Bench, reference: Reference, subject: GuestFunction, captures: readonly Capture[]): Findings {
  const findings: Findings = {
    vectors: [],
    captured: new Tally(),
    random: new Tally(),
    executed: new Set(),
    isSuspect: false,
    isLookedThrough: false,
  };
  for (const [index, capture] of captures.entries()) {
    const vector = capturedVector(capture, index);
    const result = tryVector(bench, reference, subject, vector);
    checkReproduced(subject, capture, result.run);
    note(bench, findings, subject, vector, result);
  }
  const { random: context, seed, maxInstructions } = bench;
  const randomSubject = randomSubjectOf(bench, subject, captures);
  const revealing: (readonly number[])[] = [];
  for (let index = 0; index < bench.randomStates; index++) {
    const lineage = lineageOf(randomSubject, seed, index, revealing);
    const vector = randomVector(context, randomSubject, seed, lineage, maxInstructions);
    const isRevealing = note(bench, findings, subject, vector, tryVector(bench, reference, subject, vector));
    if (isRevealing) revealing.push(lineage);
  }
  return findings;
}

/** Tests one function. Both memories are as before when it returns. */
export function tryFunction(bench: Bench, subject: GuestFunction, captures: readonly Capture[]): FunctionTrial {
  const reference = createReference(bench.code, bench.memory, bench.rights);
  const findings = tryAll(bench, reference, subject, captures);
  const { vectors, captured, random, executed } = findings;
  const mustRepair = findings.isSuspect || (!findings.isLookedThrough && hasStrayWrite(bench));
  const failure = mustRepair ? firstFailure(bench, reference, subject, vectors) : undefined;
  if (mustRepair) repair(bench);

  const conclusive = captured.conclusive + random.conclusive;
  const status: TestStatus = failure !== undefined ? "disproven" : conclusive > 0 ? "tested" : "untested";
  const test: FunctionTest = {
    address: subject.address,
    name: subject.name,
    status,
    captured: captured.counts(),
    random: random.counts(),
    coverage: { executed: executed.size, instructions: subject.size / 4 },
    ...(failure === undefined
      ? {}
      : { disagreement: { ...failure.difference, origin: failure.vector.origin, suspects: [] } }),
  };
  return { test, functionsRun: failure?.run.functions ?? new Set() };
}
