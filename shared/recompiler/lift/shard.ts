/** Lifts some of a program's functions into one module that `linkShards` joins with others. */

import { buildControlFlow } from "../mips/control-flow.ts";
import type { ControlFlowGraph, GuestFunction, MemoryLayout, ProgramImage } from "../program.ts";
import { SECTION } from "../wasm/opcodes.ts";
import { encodeModule, section } from "../wasm/sections.ts";
import { type FunctionLift, type LiftSurroundings, liftFunction } from "./function.ts";
import { shardImportSection, typeSection } from "./module-parts.ts";
import { type LiftReport, reportOf } from "./report.ts";
import { shapeOf, TYPE, tableExtent } from "./shape.ts";
import { MEMBERS_SECTION } from "./shard-format.ts";
import { machineUseOf } from "./use.ts";
import { wholeFunction } from "./whole-function.ts";

export interface ShardRequest {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  /** The whole function table, sorted by address; `index` is the position. The same for all shards of a program. */
  readonly functions: readonly GuestFunction[];
  /** The functions to lift. */
  readonly members: readonly GuestFunction[];
  /** A member's control flow. Default: `buildControlFlow`. */
  readonly flowOf?: (member: GuestFunction) => ControlFlowGraph;
  /** Called before each function; what it throws ends the work. */
  readonly throwIfAborted?: () => void;
  /** To find the pass that broke a function: those from this one on are left out if code can be written without them. */
  readonly passesUntil?: number;
  /** Code tells its host of every instruction and of every store, before it. */
  readonly isStepped?: boolean;
}

export interface LiftedShard {
  /** For `linkShards`. Holds those members that were lifted. */
  readonly module: Uint8Array<ArrayBuffer>;
  /** One for each member, in the order given. */
  readonly reports: readonly LiftReport[];
}

/** One function that the lifter itself fails on must not end the run for the others: it is reported like the rest. */
function liftMember(
  member: GuestFunction,
  flowOf: (member: GuestFunction) => ControlFlowGraph,
  surroundings: LiftSurroundings,
): { readonly graph?: ControlFlowGraph; readonly lift: FunctionLift } {
  try {
    const graph = flowOf(member);
    return { graph, lift: liftFunction(graph, surroundings) };
  } catch (error) {
    const reason = `the lifter failed, which is a fault of its own: ${error instanceof Error ? error.message : String(error)}`;
    return { lift: { obstacle: wholeFunction(member, surroundings.image, reason) } };
  }
}

export function liftShard(request: ShardRequest): LiftedShard {
  const { image, layout, functions, members } = request;
  const flowOf = request.flowOf ?? ((member: GuestFunction) => buildControlFlow(image, member, functions));
  const indexes = new Map(functions.map((fn) => [fn.address, fn.index]));
  const shape = shapeOf(machineUseOf(image, functions));
  const surroundings: LiftSurroundings = {
    image,
    layout,
    shape,
    tableBase: tableExtent(functions).base,
    indexOf: (address) => indexes.get(address),
    ...(request.passesUntil !== undefined && { passesUntil: request.passesUntil }),
    ...(request.isStepped !== undefined && { isStepped: request.isStepped }),
  };
  const reports: LiftReport[] = [];
  const bodies: { readonly index: number; readonly body: Uint8Array }[] = [];
  for (const member of members) {
    request.throwIfAborted?.();
    const { graph, lift } = liftMember(member, flowOf, surroundings);
    reports.push(reportOf(member, graph, lift));
    if ("body" in lift) bodies.push({ index: member.index, body: lift.body });
  }
  bodies.sort((a, b) => a.index - b.index);
  const module = encodeModule([
    typeSection(shape),
    shardImportSection(shape, layout, functions),
    section(SECTION.function, (content) => {
      content.unsigned(bodies.length);
      for (const _ of bodies) content.unsigned(TYPE.guest);
    }),
    section(SECTION.code, (content) => {
      content.unsigned(bodies.length);
      for (const { body } of bodies) {
        content.unsigned(body.length);
        content.bytes(body);
      }
    }),
    section(SECTION.custom, (content) => {
      content.name(MEMBERS_SECTION);
      content.unsigned(bodies.length);
      for (const { index } of bodies) content.unsigned(index);
    }),
  ]);
  return { module, reports };
}
