/** Runs functions of a program from made-up states, and says where they do not do what is said of their interface. */

import { shapeOf } from "../../../../shared/recompiler/lift/shape.ts";
import { machineUseOf } from "../../../../shared/recompiler/lift/use.ts";
import { HOME_BYTES } from "../../../../shared/recompiler/listing/interface/effects.ts";
import { type FunctionInterface, Interfaces } from "../../../../shared/recompiler/listing/interface/interface.ts";
import { hasSlot } from "../../../../shared/recompiler/listing/interface/values.ts";
import { hex, RA, SP } from "../../../../shared/recompiler/machine.ts";
import { buildControlFlow } from "../../../../shared/recompiler/mips/control-flow.ts";
import { codeOf } from "../../../../shared/recompiler/oracle/code.ts";
import { UNSEEN } from "../../../../shared/recompiler/oracle/machine.ts";
import { pageAccessOf } from "../../../../shared/recompiler/oracle/page-access.ts";
import { PAGE_BYTES, WatchedMemory } from "../../../../shared/recompiler/oracle/watched-memory.ts";
import type {
  ControlFlowGraph,
  GuestFunction,
  MemoryLayout,
  ProgramImage,
} from "../../../../shared/recompiler/program.ts";
import { FCSR, keptSlots, REGISTER_NAMES } from "../../../../shared/recompiler/register-file.ts";
import { loadImage } from "../../../../shared/recompiler/runtime/memory.ts";
import { randomContextOf } from "../../../../shared/recompiler/validation/bench.ts";
import { codeHints } from "../../../../shared/recompiler/validation/code-hints.ts";
import { randomFrom } from "../../../../shared/recompiler/validation/random.ts";
import { randomVector } from "../../../../shared/recompiler/validation/random-vector.ts";
import { createReference } from "../../../../shared/recompiler/validation/reference.ts";
import type { Vector } from "../../../../shared/recompiler/validation/vector.ts";

export interface InterfaceProgram {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
}

/** Interfaces of a program's functions, by name. */
export function interfacesOf({ image, functions }: InterfaceProgram): (address: number) => FunctionInterface {
  const graphs = new Map<number, ControlFlowGraph>();
  const at = new Map(functions.map((fn) => [fn.address, fn]));
  const graphAt = (address: number) => {
    const fn = at.get(address);
    if (fn === undefined) return undefined;
    const graph = graphs.get(address) ?? buildControlFlow(image, fn, functions);
    graphs.set(address, graph);
    return graph;
  };
  const interfaces = new Interfaces(image, graphAt);
  return (address) => interfaces.of(address);
}

interface Outcome {
  readonly registers: Int32Array;
  /** Words of memory that are other than at start, by address; those below the stack pointer left out, and the home of arguments. */
  readonly changed: ReadonlyMap<number, number>;
}

export interface Findings {
  /** Functions that came back from a state at least. */
  readonly tried: number;
  /** States they came back from. */
  readonly states: number;
  readonly problems: readonly string[];
}

export function tryInterfaces(program: InterfaceProgram, states: number): Findings {
  const { image, layout, functions } = program;
  const memory = new WatchedMemory(loadImage(image, layout), layout.base, image.endianness);
  const reference = createReference(codeOf(image, functions, UNSEEN), memory, pageAccessOf(image, layout, "open"));
  const use = machineUseOf(image, functions);
  const context = randomContextOf({ image, layout, functions, use }, memory);
  const slots = keptSlots(shapeOf(use).globals.flatMap((global) => ("slot" in global ? [global as never] : [])));
  const interfaceAt = interfacesOf(program);

  const run = (address: number, vector: Vector): Outcome | undefined => {
    const { stop, registers } = reference.run(address, vector);
    const changed = new Map<number, number>();
    const [from, to] = [layout.stackBottom, (vector.registers[SP]! >>> 0) + HOME_BYTES];
    const given = new Map(vector.pages.map(({ page, bytes }) => [page, bytes]));
    for (const [page, before] of reference.touched) {
      const start = given.get(page) ?? before;
      const [then, now] = [start, memory.copyPage(page)].map(
        (bytes) => new Int32Array(bytes.buffer, bytes.byteOffset, PAGE_BYTES / 4),
      );
      for (let word = 0; word < PAGE_BYTES / 4; word++) {
        const at = layout.base + page * PAGE_BYTES + 4 * word;
        if (then![word] !== now![word] && (at < from || at >= to)) changed.set(at, now![word]!);
      }
    }
    reference.undo();
    return stop.kind === "returned" ? { registers, changed } : undefined;
  };

  const problems: string[] = [];
  let [tried, came] = [0, 0];
  for (const fn of functions) {
    const found = interfaceAt(fn.address);
    const subject = { address: fn.address, captures: [], hints: codeHints(image, fn) };
    const before = came;
    for (let index = 0; index < states; index++) {
      const vector = randomVector(context, subject, "interface", [index], 20_000);
      const one = run(fn.address, vector);
      if (one === undefined) continue;
      came++;
      const problem =
        unexpected(found, vector, one) ??
        difference(found, vector, one, perturbed(found, vector, slots, index), run, fn);
      if (problem === undefined) continue;
      problems.push(`${fn.name}, state ${index}: ${problem}`);
      break;
    }
    if (came > before) tried++;
  }
  return { tried, states: came, problems };
}

/** What a run changed that the interface does not say it writes. */
function unexpected(
  { writes, writesMemory, returns }: FunctionInterface,
  vector: Vector,
  { registers, changed }: Outcome,
) {
  if (!returns) return "came back";
  const slot = registers.findIndex(
    (value, each) => each !== 0 && value !== vector.registers[each] && !hasSlot(writes, each),
  );
  if (slot >= 0) return `wrote ${REGISTER_NAMES[slot]}`;
  const [word] = changed.keys();
  return writesMemory || word === undefined ? undefined : `wrote memory at ${hex(word)}`;
}

/** The state with everything other that the function is said not to read. */
function perturbed(found: FunctionInterface, vector: Vector, slots: readonly number[], index: number): Vector {
  const random = randomFrom(`perturbed ${index}`);
  const registers = vector.registers.slice();
  for (const slot of slots) {
    if (slot === 0 || slot === SP || slot === RA || hasSlot(found.reads, slot)) continue;
    // Its modes and enables stay as they may be.
    registers[slot] = slot === FCSR ? registers[slot]! ^ 0x7c : random.word();
  }
  const isMemoryRead = found.readsMemory || found.readsStackArguments || found.makesSystemCalls;
  const pages = isMemoryRead
    ? vector.pages
    : vector.pages.map(({ page }) => ({
        page,
        bytes: Uint8Array.from({ length: PAGE_BYTES }, () => random.below(256)),
      }));
  const threadPointer = found.readsThreadPointer ? vector.threadPointer : random.word();
  return { ...vector, registers, pages, threadPointer };
}

/** What the function writes from the one state and not from the other, though both have all that it is said to read. */
function difference(
  { writes, reads }: FunctionInterface,
  vector: Vector,
  one: Outcome,
  otherVector: Vector,
  run: (address: number, vector: Vector) => Outcome | undefined,
  { address }: GuestFunction,
): string | undefined {
  const other = run(address, otherVector);
  if (other === undefined) return "came back from this state alone";
  for (const [slot, value] of one.registers.entries()) {
    if (!hasSlot(writes, slot) || value === other.registers[slot]) continue;
    const isKept = value === vector.registers[slot] && other.registers[slot] === otherVector.registers[slot];
    if (!isKept || hasSlot(reads, slot)) return `another ${REGISTER_NAMES[slot]} by what it is said not to read`;
  }
  // Memory that is given otherwise may be changed to what it is, and is then no change.
  if (vector.pages !== otherVector.pages) return undefined;
  for (const at of new Set([...one.changed.keys(), ...other.changed.keys()])) {
    if (one.changed.get(at) !== other.changed.get(at))
      return `other memory at ${hex(at)} by what it is said not to read`;
  }
  return undefined;
}
