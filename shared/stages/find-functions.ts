import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { PlannedFunction } from "../contracts/program.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import { codeRangeAt } from "../recompiler/image.ts";
import { hex } from "../recompiler/machine.ts";
import { discoverFunctions } from "../recompiler/mips/discover.ts";
import type { StatedFunction } from "../recompiler/mips/function-starts.ts";
import { type Trace, traceProgram } from "../recompiler/oracle/trace.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../recompiler/program.ts";
import { fromFunction } from "./program-documents.ts";
import { chooseTreatments } from "./selectors.ts";
import { stubImage } from "./stubs.ts";

/** Each round learns functions that only a run shows; a chain of pointers longer than this is left to later runs. */
const MAX_ROUNDS = 4;

export interface FoundFunctions {
  readonly planned: readonly PlannedFunction[];
  /** One for each of the config's runs. */
  readonly traces: readonly Trace[];
}

export interface SearchedProgram {
  readonly image: ProgramImage;
  /** What a symbol file says; the config knows better. */
  readonly symbols: readonly StatedFunction[];
  /** What the program sees as its own name. */
  readonly name: string;
}

/**
 * Finds the functions by reading the program and by running it: an address that an indirect call went to is a function
 * although nothing in the file says so.
 * @throws {ContractInputMissing} for a selector of the config that names none of them
 * @param throwIfAborted called before each round and each run of the program; what it throws ends the work
 */
export function findFunctions(
  { image, symbols, name }: SearchedProgram,
  layout: MemoryLayout,
  config: ConfigManifest,
  throwIfAborted: () => void,
): FoundFunctions {
  const entries = new Set<number>();
  const stated = [...symbols, ...statedFunctions(image, config)];
  for (let round = 1; ; round++) {
    throwIfAborted();
    const extraEntries = [...entries].sort((a, b) => a - b).map((address) => ({ address, origin: "trace" as const }));
    const functions = discoverFunctions(image, { extraEntries, stated });
    // A selector may name a function that only a run shows.
    const treatments = chooseTreatments(functions, config, false);
    const planned = functions.map((each, index) => fromFunction(each, treatments[index]!));
    const traces = traceRuns(stubImage(image, planned), layout, functions, config, name, throwIfAborted);
    const known = new Set(functions.map((each) => each.address));
    const unknown = traces.flatMap((trace) => trace.indirectTargets).filter((address) => !known.has(address));
    const fresh = unknown.filter((address) => !entries.has(address));
    if (fresh.length === 0 || round === MAX_ROUNDS) {
      chooseTreatments(functions, config);
      return { planned, traces };
    }
    for (const address of fresh) entries.add(address);
  }
}

/** @throws {ContractInputMissing} for one that is not in the code, and for a second one at an address */
function statedFunctions(image: ProgramImage, { functions = [] }: ConfigManifest): StatedFunction[] {
  const seen = new Set<number>();
  return functions.map(({ address: text, name, size }, index) => {
    const address = Number(text);
    const fail = (expected: string, found: string): ContractInputMissing =>
      new ContractInputMissing(`config manifest: field functions.${index}: expected ${expected}, found ${found}`);
    const range = codeRangeAt(image, address);
    if (range === undefined || (address & 3) !== 0) {
      throw fail("an address of an instruction in the program's code", hex(address));
    }
    const end = address + (size ?? 0);
    if (end > range.end)
      throw fail(`a function that ends by ${hex(range.end)}, as the code does`, `one to ${hex(end)}`);
    if (seen.has(address)) throw fail("each function once", `a second one at ${hex(address)}`);
    seen.add(address);
    return { address, name, size, origin: "config" };
  });
}

function traceRuns(
  image: ProgramImage,
  layout: MemoryLayout,
  functions: readonly GuestFunction[],
  { validation }: ConfigManifest,
  programName: string,
  throwIfAborted: () => void,
): Trace[] {
  const capturesPerFunction = Math.ceil(validation.captured_states / Math.max(1, validation.runs.length));
  return validation.runs.map(({ args, stdin }) => {
    throwIfAborted();
    return traceProgram(image, functions, layout, {
      args: [programName, ...args],
      stdin: new TextEncoder().encode(stdin),
      maxInstructions: validation.max_instructions,
      capturesPerFunction,
    });
  });
}
