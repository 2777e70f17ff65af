import type { CodeOrigin } from "../../recompiler/lift/emit/writer.ts";
import { liftFunction } from "../../recompiler/lift/function.ts";
import { shapeOf, tableExtent } from "../../recompiler/lift/shape.ts";
import { machineUseOf } from "../../recompiler/lift/use.ts";
import { addressNames, assemblyAt } from "../../recompiler/listing/assembly.ts";
import { callBefore, originAt, staleRegisters } from "../../recompiler/listing/trap-place.ts";
import { hex } from "../../recompiler/machine.ts";
import type { ControlFlowGraph } from "../../recompiler/program.ts";
import { LO, REGISTER_NAMES } from "../../recompiler/register-file.ts";
import type { TrapFrame } from "../../recompiler/runtime/host.ts";
import { bodyExtents } from "../../recompiler/wasm/bodies.ts";
import { loadPlannedProgram, type PlannedProgram } from "../../stages/manifests.ts";
import type { ArtifactReader } from "../../stores/ports.ts";
import type { FunctionDocuments } from "./documents.ts";
import { graphOf } from "./graph.ts";
import { type Remedy, remediesFor } from "./remedies.ts";
import type { GuestFrame, Trap } from "./trap.ts";

/** A trap as a person wants to read it. */
export interface TrapReport {
  readonly trap: Trap["trap"];
  readonly message: string;
  /** The innermost first. They are the calls of lifted code: a tail call leaves none. */
  readonly frames: readonly GuestFrame[];
  /** By name. */
  readonly registers: Readonly<Record<string, string>>;
  /** Those of them that the innermost function may have changed since its last call: what is shown is older. */
  readonly older: readonly string[];
  /** What gets past it, each a line of the config. */
  readonly remedies: readonly Remedy[];
}

/** @param trap of the run's own module */
export async function explainTrap(
  artifacts: ArtifactReader,
  documents: FunctionDocuments,
  trap: Trap,
): Promise<TrapReport> {
  const { submission, program, module: ref } = documents;
  const loaded = await loadPlannedProgram({ artifacts, cache: new Map() }, { submission, program });
  const module = ref === undefined ? undefined : await artifacts.get(ref);
  const { image, functions } = loaded;
  const nameOf = addressNames(functions);
  const frames: GuestFrame[] = [];
  let older: readonly number[] = [];
  for (const [depth, frame] of trap.scene.frames.entries()) {
    const fn = functions[frame.index];
    if (fn === undefined) continue;
    const graph = await graphOf(artifacts, documents, loaded, frame.index);
    const isInside = trap.address !== undefined && trap.address >= fn.address && trap.address < fn.address + fn.size;
    const stated = depth === 0 && isInside && trap.trap !== "unknown_target" ? trap.address : undefined;
    const found = stated ?? placeOf(loaded, graph, module, frame);
    const address = found !== undefined && depth > 0 ? callBefore(image, found) : found;
    if (depth === 0 && address !== undefined) older = staleRegisters(graph, address);
    frames.push(
      address === undefined
        ? { function: fn.name }
        : {
            function: fn.name,
            address: hex(address),
            place: nameOf(address) ?? fn.name,
            instruction: assemblyAt(image, address, nameOf).text,
          },
    );
  }
  return {
    trap: trap.trap,
    message: trap.message,
    frames,
    registers: Object.fromEntries(
      [...trap.scene.registers.entries()]
        // Of the floating-point unit, which most programs do not use, those that hold something.
        .filter(([slot, value]) => (slot > 0 && slot <= LO) || value !== 0)
        .map(([slot, value]) => [REGISTER_NAMES[slot]!, hex(value)]),
    ),
    older: older.map((slot) => REGISTER_NAMES[slot]!),
    remedies: remediesFor(trap, documents, loaded.config, frames[0]),
  };
}

/** Where a frame's code comes from: told only of the very code that the module holds. */
function placeOf(
  { image, layout, functions }: PlannedProgram,
  graph: ControlFlowGraph,
  module: Uint8Array | undefined,
  { index, at }: TrapFrame,
): number | undefined {
  const extent = module === undefined ? undefined : bodyExtents(module)[index];
  if (module === undefined || extent === undefined) return undefined;
  const indexes = new Map(functions.map((each) => [each.address, each.index]));
  const lift = liftFunction(graph, {
    image,
    layout,
    shape: shapeOf(machineUseOf(image, functions)),
    tableBase: tableExtent(functions).base,
    indexOf: (address) => indexes.get(address),
    inspect: () => {},
  });
  if ("obstacle" in lift) return undefined;
  const isSame = Buffer.compare(lift.body, module.subarray(extent.start, extent.end)) === 0;
  return isSame ? originAt(lift.origins ?? ([] as readonly CodeOrigin[]), at) : graph.function.address;
}
