/** What the tests of a program's functions share: both sides, ready to run, and all that made-up states are made of. */

import { RecompilerError } from "../errors.ts";
import { FEXR_BITS } from "../float/status.ts";
import { machineUseOf } from "../lift/use.ts";
import type { Capture } from "../oracle/capture.ts";
import { type Code, codeOf } from "../oracle/code.ts";
import { UNSEEN } from "../oracle/machine.ts";
import { type PageAccess, pageAccessOf } from "../oracle/page-access.ts";
import { WatchedMemory } from "../oracle/watched-memory.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../program.ts";
import { FCSR } from "../register-file.ts";
import { loadImage } from "../runtime/memory.ts";
import { type Candidate, createCandidate, type MeteredModule, meteredModule } from "./candidate.ts";
import { constantWords } from "./constant-words.ts";
import { memoryDifference, type RegisterMasks } from "./differences.ts";
import type { RandomContext } from "./random-state.ts";

export interface TestSettings {
  /** Random states follow from it, the function's address and their number. */
  readonly seed: string | number;
  /** Random states of each function. */
  readonly randomStates: number;
  /** Instructions the reference may take from a random state; captured calls take what they took. Default 20,000. */
  readonly maxInstructions?: number;
}

/** What tests of a program's functions work with. */
export interface BenchRequest {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  /** The linked module, or what {@link meteredModule} made of it: several requests may share that. */
  readonly module: Uint8Array | MeteredModule;
  /** All functions of the program, in the order of its function table. */
  readonly functions: readonly GuestFunction[];
  /** Those of other functions are not looked at. */
  readonly captures: readonly Capture[];
  readonly settings: TestSettings;
}

/** What all functions of a request share. */
export interface Bench {
  readonly code: Code;
  readonly candidate: Candidate;
  readonly memory: WatchedMemory;
  /** What of the registers the program can see. */
  readonly masks: RegisterMasks;
  readonly rights: PageAccess;
  readonly random: RandomContext;
  readonly seed: string;
  readonly randomStates: number;
  /** Instructions the reference may take from a random state. */
  readonly maxInstructions: number;
}

const DEFAULT_INSTRUCTIONS = 20_000;

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

/** @throws RecompilerError `module_malformed`, `module_contract` */
export function benchFor({ image, layout, module, functions, settings }: BenchRequest): Bench {
  const memory = new WatchedMemory(loadImage(image, layout), layout.base, image.endianness);
  const metered = module instanceof Uint8Array ? meteredModule(module) : module;
  const candidate = createCandidate(metered, layout.base, image.endianness);
  checkStart(memory, candidate);
  const use = machineUseOf(image, functions);
  return {
    code: codeOf(image, functions, UNSEEN),
    candidate,
    memory,
    masks: new Map(use.float === undefined || use.float.control === "observed" ? [] : [[FCSR, ~FEXR_BITS]]),
    rights: pageAccessOf(image, layout, "open"),
    random: randomContextOf({ image, layout, functions, use }, memory),
    seed: String(settings.seed),
    randomStates: settings.randomStates,
    maxInstructions: settings.maxInstructions ?? DEFAULT_INSTRUCTIONS,
  };
}

/** Bytes of memory that a function is tested with: as much as any of its captures needs. */
export function memoryFor({ initialBytes }: MemoryLayout, captures: readonly Capture[]): number {
  return Math.max(initialBytes, ...captures.map(({ memoryBytes }) => memoryBytes));
}

/** What random states of a program are made of. @param memory as it is loaded */
export function randomContextOf(
  program: Pick<RandomContext, "image" | "layout" | "functions" | "use">,
  memory: WatchedMemory,
): RandomContext {
  const { image, layout } = program;
  return {
    ...program,
    writable: image.segments.filter(({ isWritable }) => isWritable),
    readOnly: image.segments.filter(({ isWritable }) => !isWritable),
    loadedPage: (page) => memory.copyPage(page),
    constants: constantWords(image, layout),
  };
}
