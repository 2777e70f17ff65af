/**
 * Structured code for a reducible flow graph, from its dominator tree: Norman Ramsey, "Beyond Relooper: Recursive
 * Translation of Unstructured Control Flow to Structured Control Flow" (ICFP 2022), with a list of work in place of
 * the recursion. One thing is added: code that leaves a loop for good is put behind the loop, not into it, so that
 * the loop is no larger than what repeats. Engines size loops by their syntax.
 */

import type { CodeWriter } from "../../wasm/code.ts";
import { immediateDominators } from "./dominators.ts";
import { findLoops } from "./loops.ts";
import { type OrderedGraph, orderedGraph } from "./order.ts";

export interface FlowNode {
  /** Tells how many successors count: none, one, two (taken, not taken), or one per case and the default last. */
  readonly exit: "leaf" | "goto" | "branch" | "switch";
  readonly successors: readonly number[];
  /** Writes the node's code. A branch leaves its condition on the stack, a switch its index; a leaf does not go on. */
  emit(): void;
}

/** What is open around the code being written: a block that ends before a node, a loop that starts at it, an `if`. */
interface Frame {
  readonly node: number;
  readonly isLoop: boolean;
}

type Step =
  | { readonly kind: "tree" | "code" | "open" | "loop" | "enter"; readonly node: number }
  | { readonly kind: "end" };

const END: Step = { kind: "end" };
const NO_NODE = -1;

/** @param graph of the nodes, where the caller has it */
export function writeStructured(
  nodes: readonly FlowNode[],
  code: CodeWriter,
  graph = orderedGraph(nodes.map((node) => node.successors)),
): void {
  const { children, isLabelled, behindLoop, isLoopHeader } = placeNodes(nodes, graph);
  const frames: Frame[] = [];
  const todo: Step[] = [{ kind: "tree", node: 0 }];
  while (todo.length > 0) perform(todo.pop()!);

  function perform(step: Step): void {
    switch (step.kind) {
      case "tree":
        plan(step.node);
        break;
      case "code":
        writeNode(step.node);
        break;
      case "enter":
        enter(step.node);
        break;
      case "open":
        frames.push({ node: step.node, isLoop: false });
        code.block();
        break;
      case "loop":
        frames.push({ node: step.node, isLoop: true });
        code.loop();
        break;
      case "end":
        frames.pop();
        code.end();
    }
  }

  /** A node with all it dominates: each labelled node follows a block that its predecessors leave to reach it. */
  function plan(node: number): void {
    const steps: Step[] = [];
    const closeLoop: Step[] = [];
    const outside = behindLoop[node]!;
    const inside = children[node]!;
    for (const follower of outside.toReversed()) steps.push({ kind: "open", node: follower });
    if (isLoopHeader(node)) {
      steps.push({ kind: "loop", node });
      closeLoop.push(END);
    }
    for (const child of inside.toReversed()) steps.push({ kind: "open", node: child });
    steps.push({ kind: "code", node });
    for (const child of inside) steps.push(END, { kind: "tree", node: child });
    steps.push(...closeLoop);
    for (const follower of outside) steps.push(END, { kind: "tree", node: follower });
    for (const step of steps.reverse()) todo.push(step);
  }

  function writeNode(node: number): void {
    const { exit, successors } = nodes[node]!;
    nodes[node]!.emit();
    if (exit === "goto") enter(successors[0]!);
    else if (exit === "branch") branch(successors[0]!, successors[1]!);
    else if (exit === "switch") code.brTable(successors.slice(0, -1).map(depthOf), depthOf(successors.at(-1)!));
  }

  function branch(taken: number, notTaken: number): void {
    if (isBehindLabel(taken)) {
      code.brIf(depthOf(taken));
      enter(notTaken);
    } else if (isBehindLabel(notTaken)) {
      code.not();
      code.brIf(depthOf(notTaken));
      enter(taken);
    } else {
      code.if();
      frames.push({ node: NO_NODE, isLoop: false });
      todo.push({ kind: "enter", node: notTaken }, END, { kind: "enter", node: taken });
    }
  }

  /** Goes to a node: by falling out of the innermost block, by a branch, or by writing the node here. */
  function enter(node: number): void {
    if (!isBehindLabel(node)) {
      todo.push({ kind: "tree", node });
      return;
    }
    const depth = depthOf(node);
    const fallsOut = depth === 0 && !frames.at(-1)!.isLoop && todo.at(-1) === END;
    if (!fallsOut) code.br(depth);
  }

  function isBehindLabel(node: number): boolean {
    return (
      isLabelled[node] === 1 || (isLoopHeader(node) && frames.some((frame) => frame.isLoop && frame.node === node))
    );
  }

  function depthOf(node: number): number {
    for (let depth = 0; depth < frames.length; depth++) {
      if (frames[frames.length - 1 - depth]!.node === node) return depth;
    }
    throw new Error(`node ${node} is not in scope: the flow graph is not reducible`);
  }
}

interface Placement {
  /** Labelled nodes that follow a node's own code, in the order they are written. */
  readonly children: readonly (readonly number[])[];
  /** For a loop header, the labelled nodes that follow its loop. */
  readonly behindLoop: readonly (readonly number[])[];
  /** 1 for a node reached by branches to its label, 0 for one written where its only predecessor goes to it. */
  readonly isLabelled: Uint8Array;
  isLoopHeader(node: number): boolean;
}

function placeNodes(nodes: readonly FlowNode[], { successors, order, places, predecessors }: OrderedGraph): Placement {
  const dominators = immediateDominators(order, places, predecessors);
  const loops = findLoops(order, places, predecessors, successors);

  const children: number[][] = nodes.map(() => []);
  const behindLoop: number[][] = nodes.map(() => []);
  const isLabelled = new Uint8Array(nodes.length);
  for (const node of order) {
    if (node === 0) continue;
    const forward = predecessors[node]!.filter((before) => places[before]! < places[node]!);
    const dominator = dominators[node]!;
    let loopLeft = -1;
    for (
      let loop = loops.innermost[dominator]!;
      loop !== -1 && !loops.contains(loop, node);
      loop = loops.parent[loop]!
    ) {
      loopLeft = loop;
    }
    if (loopLeft !== -1) behindLoop[loopLeft]!.push(node);
    else if (forward.length > 1 || nodes[forward[0]!]!.exit === "switch") children[dominator]!.push(node);
    else continue;
    isLabelled[node] = 1;
  }
  return { children, behindLoop, isLabelled, isLoopHeader: loops.isHeader };
}
