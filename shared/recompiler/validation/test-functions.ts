/** Tests lifted functions against the oracle, one by one: same start, same end, same memory, or a named difference. */

import { RecompilerError } from "../errors.ts";
import { hex } from "../machine.ts";
import type { Capture } from "../oracle/capture.ts";
import type { Code } from "../oracle/code.ts";
import type { GuestFunction } from "../program.ts";
import { type BenchRequest, benchFor, memoryFor } from "./bench.ts";
import type { FunctionTest } from "./function-test.ts";
import { type FunctionTrial, tryFunction } from "./trial.ts";

export interface TestRequest extends BenchRequest {
  /** The functions to test. Default: all. */
  readonly subjects?: readonly GuestFunction[];
  /** Called before each function; what it throws ends the work. */
  readonly throwIfAborted?: () => void;
}

function capturesByFunction(captures: readonly Capture[]): ReadonlyMap<number, readonly Capture[]> {
  const byAddress = new Map<number, Capture[]>();
  for (const capture of captures) {
    const list = byAddress.get(capture.address);
    if (list === undefined) byAddress.set(capture.address, [capture]);
    else list.push(capture);
  }
  for (const list of byAddress.values()) list.sort((a, b) => a.call - b.call);
  return byAddress;
}

/** Random states trap by the thousands, and a stack trace takes longer to write than the state to run. */
function withoutStackTraces(work: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Names, for each disproven function, the other disproven ones its failing input ran through. */
function withSuspects(trials: readonly FunctionTrial[], code: Code): FunctionTest[] {
  const disproven = new Set(trials.filter(({ test }) => test.status === "disproven").map(({ test }) => test.address));
  return trials.map(({ test, functionsRun }) => {
    if (test.disagreement === undefined) return test;
    const suspects = [...functionsRun]
      .map((position) => code.functions[position]!.address)
      .filter((address) => address !== test.address && disproven.has(address))
      .sort((a, b) => a - b);
    return { ...test, disagreement: { ...test.disagreement, suspects } };
  });
}

/**
 * Tests functions of a linked module. The answers follow from the request alone and are in the order of the subjects.
 *
 * What is compared: from each captured and each random state the lifted function must end as the oracle does (returning,
 * trapping for the same reason, or exiting), make the same system calls, and leave all memory and, when it returns,
 * all registers the same. Of functions that run for ever, and of states nobody tried, it says nothing.
 *
 * Memory only grows, so functions whose captures need more of it are tested later: how much of it there is, which
 * decides what traps, then depends on the function and not on those tested with it.
 *
 * @throws RecompilerError `module_malformed`, `module_contract`, `captures_foreign`
 */
export function testFunctions(request: TestRequest): FunctionTest[] {
  const subjects = request.subjects ?? request.functions;
  const bench = benchFor(request);
  const { candidate, memory, code } = bench;
  for (const subject of subjects) {
    if (!candidate.has(subject.address)) {
      throw new RecompilerError(
        "module_contract",
        `recompiled module: expected an export for ${subject.name} at ${hex(subject.address)}, found none; link it again`,
      );
    }
  }
  const captures = capturesByFunction(request.captures);
  const needOf = ({ address }: GuestFunction): number => memoryFor(request.layout, captures.get(address) ?? []);
  const trials = new Map<GuestFunction, FunctionTrial>();
  withoutStackTraces(() => {
    for (const subject of subjects.toSorted((a, b) => needOf(a) - needOf(b) || a.address - b.address)) {
      request.throwIfAborted?.();
      memory.growTo(needOf(subject));
      candidate.memory.growTo(needOf(subject));
      trials.set(subject, tryFunction(bench, subject, captures.get(subject.address) ?? []));
    }
  });
  return withSuspects(
    subjects.map((subject) => trials.get(subject)!),
    code,
  );
}
