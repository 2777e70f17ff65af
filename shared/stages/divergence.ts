import type { DivergenceReport, PastPlace, Place } from "../contracts/divergence.ts";
import { wordAt } from "../recompiler/image.ts";
import { addressNames, assemblyAt } from "../recompiler/listing/assembly.ts";
import { hex } from "../recompiler/machine.ts";
import { buildControlFlow } from "../recompiler/mips/control-flow.ts";
import { decode } from "../recompiler/mips/decode.ts";
import { registersRead } from "../recompiler/mips/instruction.ts";
import type { Capture } from "../recompiler/oracle/capture.ts";
import type { GuestFunction } from "../recompiler/program.ts";
import { LO, REGISTER_NAMES } from "../recompiler/register-file.ts";
import { findDivergence } from "../recompiler/validation/divergence.ts";
import type { FirstDifference, PastInstruction } from "../recompiler/validation/lockstep.ts";
import { describeOrigin, type VectorOrigin } from "../recompiler/validation/vector.ts";
import type { PlannedProgram } from "./manifests.ts";
import { statedJumpTables } from "./program-documents.ts";

/** A function that an input disproves. */
export interface DisprovenFunction {
  /** The linked module. */
  readonly module: Uint8Array;
  readonly captures: readonly Capture[];
  readonly fn: GuestFunction;
  readonly origin: VectorOrigin;
  /** Instructions that are followed. Default: any number. */
  readonly mostSteps?: number;
}

/** Where it begins to differ from the oracle; undefined where it does not. */
export function reportDivergence(
  { config, image, layout, functions }: PlannedProgram,
  { module, captures, fn, origin, mostSteps }: DisprovenFunction,
): DivergenceReport | undefined {
  const { seed, random_states: randomStates } = config.validation;
  const jumpTables = statedJumpTables(config);
  const found = findDivergence({
    image,
    layout,
    functions,
    module,
    captures,
    settings: { seed, randomStates },
    flowOf: (each) => buildControlFlow(image, each, functions, { jumpTables }),
    subject: fn,
    origin,
    ...(mostSteps !== undefined && { mostSteps }),
  });
  if (found === undefined) return undefined;
  const common = { schema_version: 1, function: placeOf(fn), input: describeOrigin(origin) } as const;
  const at = (address: number) => placeOf(functions.find((each) => each.address === address) ?? { ...fn, address });
  switch (found.kind) {
    case "instruction":
      return { ...common, kind: "instruction", ...instructionOf({ image, functions }, found) };
    case "pass":
      return { ...common, kind: "pass", pass: found.pass, position: found.position, in: at(found.function) };
    case "emission":
      return { ...common, kind: "emission", in: at(found.function) };
    case "module":
      return { ...common, kind: "module", functions: found.functions.map(at) };
    case "too_long":
      return { ...common, ...found };
  }
}

const placeOf = ({ name, address }: GuestFunction) => ({ name, address: hex(address) });

type Instruction = Omit<
  Extract<DivergenceReport, { kind: "instruction" }>,
  "schema_version" | "function" | "input" | "kind"
>;

function instructionOf(
  { image, functions }: Pick<PlannedProgram, "image" | "functions">,
  found: FirstDifference,
): Instruction {
  const { difference, before, expected, found: after } = found;
  const nameOf = addressNames(functions);
  const place = (address: number): Place => ({
    address: hex(address),
    place: nameOf(address) ?? hex(address),
    instruction: assemblyAt(image, address, nameOf).text,
  });
  const past = ({ address, step }: PastInstruction): PastPlace => ({ ...place(address), step });
  const writtenBy = (writer: PastInstruction | undefined) => (writer === undefined ? {} : { written_by: past(writer) });
  const word = wordAt(image, found.address);
  const instruction = word === undefined ? undefined : decode(word, found.address);
  const read = new Set(instruction === undefined ? [] : registersRead(instruction));
  const states = [before, expected, after].filter((state) => state !== undefined);
  const isShown = (slot: number): boolean => (slot > 0 && slot <= LO) || states.some((state) => state[slot] !== 0);
  const registers = (state: Int32Array) =>
    Object.fromEntries(
      REGISTER_NAMES.flatMap((name, slot) => (isShown(slot) ? [[name, hex(state[slot]!)] as const] : [])),
    );
  return {
    at: past(found),
    ...difference,
    ...(found.lastWriter && { last_writer: past(found.lastWriter) }),
    reads: [...read]
      .filter((slot) => isShown(slot))
      .map((slot) => ({
        register: REGISTER_NAMES[slot]!,
        value: hex(before[slot]!),
        ...writtenBy(found.writers.get(slot)),
      })),
    memory: found.words.map(({ address, lastWriter }) => ({ address: hex(address), ...writtenBy(lastWriter) })),
    before: registers(before),
    ...(expected && { expected_after: registers(expected) }),
    ...(after && { found_after: registers(after) }),
    calls: found.calls.map(place),
    trail: found.trail.map(past),
  };
}

/** In one line, for whoever decides. */
export function describeDivergence(report: DivergenceReport): string {
  switch (report.kind) {
    case "instruction": {
      const { place, address, instruction, step } = report.at;
      const { what, expected, found } = report;
      return `first after ${place} (${address}: ${instruction}), instruction ${step}: ${what}: expected ${expected}, found ${found}`;
    }
    case "pass":
      return `pass ${report.pass} breaks ${report.in.name}: instruction by instruction it is right`;
    case "emission":
      return `the code written of ${report.in.name} is wrong, whatever passes are left out: instruction by instruction it is right`;
    case "module": {
      const names = report.functions.map(({ name }) => name).join(", ") || "none";
      return `the module holds other code than this version lifts (of ${names}), which does what the oracle does`;
    }
    case "too_long":
      return `its ${report.instructions} instructions are more than a run follows`;
  }
}
