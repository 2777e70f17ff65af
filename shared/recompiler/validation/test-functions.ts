/** Tests lifted functions against the oracle, one by one: same start, same end, same memory, or a named difference. */

import { RecompilerError } from "../errors.ts";
import { FEXR_BITS } from "../float/status.ts";
import { machineUseOf } from "../lift/use.ts";
import { hex } from "../machine.ts";
import type { Capture } from "../oracle/capture.ts";
import { type Code, codeOf } from "../oracle/code.ts";
import { UNSEEN } from "../oracle/machine.ts";
import { pageAccessOf } from "../oracle/page-access.ts";
import { WatchedMemory } from "../oracle/watched-memory.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../program.ts";
import { FCSR } from "../register-file.ts";
import { loadImage } from "../runtime/memory.ts";
import { type Candidate, createCandidate, type MeteredModule, meteredModule } from "./candidate.ts";
import { constantWords } from "./constant-words.ts";
import { memoryDifference } from "./differences.ts";
import type { FunctionTest } from "./function-test.ts";
import { type Bench, type FunctionTrial, tryFunction } from "./trial.ts";

export interface TestSettings {
  /** Random states follow from it, the function's address and their number. */
  readonly seed: string | number;
  /** Random states of each function. */
  readonly randomStates: number;
  /** Instructions the reference may take from a random state; captured calls take what they took. Default 20,000. */
  readonly maxInstructions?: number;
}

const DEFAULT_INSTRUCTIONS = 20_000;

export interface TestRequest {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  /** The linked module, or what {@link meteredModule} made of it: several requests may share that. */
  readonly module: Uint8Array | MeteredModule;
  /** All functions of the program, in the order of its function table. */
  readonly functions: readonly GuestFunction[];
  /** The functions to test. Default: all. */
  readonly subjects?: readonly GuestFunction[];
  /** Those of other functions are not looked at. */
  readonly captures: readonly Capture[];
  readonly settings: TestSettings;
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

/** Both memories must start alike, or nothing could be compared. */
function checkStart(reference: WatchedMemory, candidate: Candidate): void {
  const { memory } = candidate;
  if (memory.size !== reference.size) {
    throw new RecompilerError(
      "module_contract",
      `recompiled module: expected a memory of ${reference.size} bytes, found ${memory.size}; link it with this layout`,
    );
  }
  const difference = memoryDifference(reference, memory);
  if (difference !== undefined) {
    throw new RecompilerError(
      "module_contract",
      `recompiled module: ${difference.what} at start, expected ${difference.expected} as in the program's file, ` +
        `found ${difference.found}; link it with this program`,
    );
  }
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
  const { image, layout, functions, settings } = request;
  const subjects = request.subjects ?? functions;
  const code = codeOf(image, functions, UNSEEN);
  const memory = new WatchedMemory(loadImage(image, layout), layout.base, image.endianness);
  const metered = request.module instanceof Uint8Array ? meteredModule(request.module) : request.module;
  const candidate = createCandidate(metered, layout.base, image.endianness);
  checkStart(memory, candidate);
  for (const subject of subjects) {
    if (!candidate.has(subject.address)) {
      throw new RecompilerError(
        "module_contract",
        `recompiled module: expected an export for ${subject.name} at ${hex(subject.address)}, found none; link it again`,
      );
    }
  }
  const use = machineUseOf(image, functions);
  const bench: Bench = {
    code,
    candidate,
    memory,
    masks: new Map(use.float === undefined || use.float.control === "observed" ? [] : [[FCSR, ~FEXR_BITS]]),
    rights: pageAccessOf(image, layout, "open"),
    random: {
      image,
      layout,
      functions,
      use,
      writable: image.segments.filter(({ isWritable }) => isWritable),
      readOnly: image.segments.filter(({ isWritable }) => !isWritable),
      loadedPage: (page) => memory.copyPage(page),
      constants: constantWords(image, layout),
    },
    seed: String(settings.seed),
    randomStates: settings.randomStates,
    maxInstructions: settings.maxInstructions ?? DEFAULT_INSTRUCTIONS,
  };
  const captures = capturesByFunction(request.captures);
  const needOf = ({ address }: GuestFunction): number =>
    Math.max(layout.initialBytes, ...(captures.get(address) ?? []).map(({ memoryBytes }) => memoryBytes));
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
