/** From the IR, its cells promoted and its memory linear, to a body of WebAssembly. */

import type { OrderedGraph } from "../../ir/flow/order.ts";
import { makeReducible } from "../../ir/flow/reducible.ts";
import { type FlowNode, writeStructured } from "../../ir/flow/structure.ts";
import type { IrFunction } from "../../ir/function.ts";
import { I32, IR, TYPES } from "../../ir/opcodes.ts";
import { TRAP_CODES } from "../../machine.ts";
import { ByteWriter } from "../../wasm/bytes.ts";
import { CodeWriter } from "../../wasm/code.ts";
import { OP, VALUE_TYPE } from "../../wasm/opcodes.ts";
import { HOST_FUNCTION, type ModuleShape } from "../shape.ts";
import { findLiveness } from "./liveness.ts";
import { planLocals } from "./locals.ts";
import { planStack } from "./stack.ts";
import { BlockWriter, type CodeOrigin, type Relocation } from "./writer.ts";

/** A body that is the same in whatever program: what depends on it is left out of the bytes. */
export interface EmittedBody {
  /** Locals, code and `end`, as the code section holds them without their size. */
  readonly bytes: Uint8Array;
  /** In ascending order. */
  readonly relocations: readonly Relocation[];
  /** In ascending order, where they were asked for. */
  readonly origins?: readonly CodeOrigin[];
}

/** @param withOrigins to say of each piece of code which instruction it comes from */
export function emitFunction(fn: IrFunction, shape: ModuleShape, withOrigins = false): EmittedBody {
  const graph = fn.graph();
  const stack = planStack(fn);
  const live = findLiveness(fn, stack, graph);
  const plan = planLocals(fn, stack, graph, live);
  const types = [...plan.types];
  let spare = -1;
  const spareLocal = () => {
    if (spare === -1) spare = types.push(I32) - 1;
    return spare;
  };
  const origins: CodeOrigin[] | undefined = withOrigins ? [] : undefined;
  const writer = new BlockWriter(fn, shape, stack, plan, spareLocal, origins);
  let note = -1;
  const noteLocal = () => {
    if (note === -1) note = types.push(I32) - 1;
    return note;
  };
  const { nodes, unchanged } = withSingleHeads(fn, writer, flowOf(fn, writer, graph.successors), noteLocal);
  writeStructured(nodes, writer.code, unchanged);
  let { code } = writer;
  let shift = 0;
  if (writer.hasChecks) {
    const whole = new CodeWriter();
    writeWayOut(code, whole, spareLocal());
    code = whole;
    shift = WAY_OUT_HEAD;
  }
  const body = new ByteWriter(code.length + 16);
  writeLocals(body, types);
  shift += body.length;
  body.bytes(code.finish());
  body.byte(OP.unreachable);
  body.byte(OP.end);
  const shifted = <Place extends { readonly at: number }>(each: Place): Place => ({ ...each, at: each.at + shift });
  return {
    bytes: body.finish(),
    relocations: writer.relocations.map(shifted),
    ...(origins && { origins: origins.map(shifted) }),
  };
}

/** Bytes that open the block around a function that has checks. */
const WAY_OUT_HEAD = 2;

/** What a function's checks leave to: the trap, with the address that is on the stack. */
function writeWayOut(body: CodeWriter, code: CodeWriter, address: number): void {
  code.block(VALUE_TYPE.i32);
  code.append(body);
  code.op(OP.unreachable);
  code.end();
  code.localSet(address);
  code.constant(TRAP_CODES.address_error);
  code.localGet(address);
  code.call(HOST_FUNCTION.trap);
}

function writeLocals(body: ByteWriter, types: readonly number[]): void {
  const groups: { type: number; count: number }[] = [];
  for (const type of types) {
    const last = groups.at(-1);
    if (last?.type === type) last.count += 1;
    else groups.push({ type, count: 1 });
  }
  body.unsigned(groups.length);
  for (const { type, count } of groups) {
    body.unsigned(count);
    body.byte(VALUE_TYPE[TYPES[type]!]);
  }
}

/** The blocks as nodes of a flow graph, and nodes for what branches hand over on their ways. */
function flowOf(fn: IrFunction, writer: BlockWriter, successors: readonly (readonly number[])[]): FlowNode[] {
  const flow: FlowNode[] = [];
  const added: FlowNode[] = [];
  const wayOver = (edge: number, to: number): number => {
    if (!writer.hasArguments(edge)) return to;
    return fn.blockCount + added.push({ exit: "goto", successors: [to], emit: () => writer.writeArguments(edge) }) - 1;
  };
  for (let block = 0; block < fn.blockCount; block++) {
    const end = fn.blockEnd(block) - 1;
    const op = fn.op[end]!;
    const targets = successors[block]!;
    const emit = () => writer.writeBlock(block);
    if (op !== IR.branch && op !== IR.switch) {
      flow.push({ exit: targets.length === 0 ? "leaf" : "goto", successors: targets, emit });
      continue;
    }
    let edge = fn.c[end]!;
    const over: number[] = [];
    /** The cases of a switch that go to one block share the way there: what they hand over is the same. */
    const shared = op === IR.switch ? new Map<number, number>() : undefined;
    for (const to of targets) {
      const way = shared?.get(to) ?? wayOver(edge, to);
      shared?.set(to, way);
      over.push(way);
      edge += 2 + fn.pool[edge + 1]!;
    }
    flow.push({ exit: op === IR.branch ? "branch" : "switch", successors: over, emit });
  }
  return [...flow, ...added];
}

/** The graph made reducible, with the code of what that added. */
function withSingleHeads(
  fn: IrFunction,
  writer: BlockWriter,
  flow: readonly FlowNode[],
  noteLocal: () => number,
): { readonly nodes: readonly FlowNode[]; readonly unchanged?: OrderedGraph } {
  const { successors, copies, dispatchers, unchanged } = makeReducible(
    flow.map((node) => node.successors),
    (index) => (index < fn.blockCount ? (fn.blockEnd(index) - fn.blockStarts[index]!) >> 1 : 0) + 1,
  );
  if (unchanged !== undefined) return { nodes: flow, unchanged };
  const result: FlowNode[] = flow.map((node, index) => ({ ...node, successors: successors[index]! }));
  for (const [node, of] of copies) result[node] = { ...result[of]!, successors: successors[node]! };
  for (const { node, notes } of dispatchers) {
    const note = noteLocal();
    result[node] = { exit: "switch", successors: successors[node]!, emit: () => writer.code.localGet(note) };
    for (const { node: noteNode, value } of notes) {
      const emit = () => {
        writer.code.constant(value);
        writer.code.localSet(note);
      };
      result[noteNode] = { exit: "goto", successors: successors[noteNode]!, emit };
    }
  }
  return { nodes: result };
}
