import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { immediateDominators } from "../../../../shared/recompiler/ir/flow/dominators.ts";
import { positionsIn, predecessorsIn, reversePostorder } from "../../../../shared/recompiler/ir/flow/order.ts";
import { makeReducible } from "../../../../shared/recompiler/ir/flow/reducible.ts";
import { type FlowNode, writeStructured } from "../../../../shared/recompiler/ir/flow/structure.ts";
import { ByteWriter } from "../../../../shared/recompiler/wasm/bytes.ts";
import { CodeWriter } from "../../../../shared/recompiler/wasm/code.ts";
import { EXTERNAL_KIND, OP, SECTION, VALUE_TYPE } from "../../../../shared/recompiler/wasm/opcodes.ts";
import { encodeModule, section } from "../../../../shared/recompiler/wasm/sections.ts";
import { oneIn } from "../../../support/scale.ts";

type Graph = readonly (readonly number[])[];

/** Nodes visited before a walk is called off. */
const STEPS = 60;
const NOTE_LOCAL = 0;

/** Takes a way through the graph: `choose(node, ways)` picks a successor, undefined ends the walk. */
type Choose = (node: number, ways: number) => number | undefined;

function walk(graph: Graph, choose: Choose): number[] {
  const visited: number[] = [];
  for (let node: number | undefined = 0; node !== undefined; ) {
    visited.push(node);
    const choice: number | undefined = choose(node, graph[node]!.length);
    node = choice === undefined ? undefined : graph[node]![choice];
  }
  return visited;
}

/**
 * The graph as a function that calls `visit(node, ways)` in every node and goes where the result says. Leaves return;
 * so does a node with one successor when `visit` gives a number other than 0.
 */
function compile(graph: Graph, weight: number): (visit: (node: number, ways: number) => number) => void {
  const code = new CodeWriter();
  const { successors, copies, dispatchers } = makeReducible(graph, () => weight);
  const nodes: FlowNode[] = graph.map((original, node) => {
    const targets = successors[node]!;
    const visit = () => {
      code.constant(node);
      code.constant(original.length);
      code.call(0);
    };
    if (targets.length === 0) {
      return {
        exit: "leaf",
        successors: [],
        emit: () => {
          visit();
          code.op(OP.drop);
          code.op(OP.return);
        },
      };
    }
    // The walk may be called off in any node: -1, which is no choice, returns.
    const choose = () => {
      visit();
      code.localTee(1);
      code.constant(0);
      code.op(OP.i32LtS);
      code.if();
      code.op(OP.return);
      code.end();
    };
    const exit =
      targets.length === 1 ? "goto" : targets.length === 2 && targets[0] !== targets[1] ? "branch" : "switch";
    return {
      exit: targets.every((target) => target === targets[0]) ? "goto" : exit,
      successors: targets.every((target) => target === targets[0]) ? targets.slice(0, 1) : targets,
      emit: () => {
        choose();
        if (targets.every((target) => target === targets[0])) return;
        code.localGet(1);
        // A branch takes its first successor when the condition holds.
        if (exit === "branch") code.op(OP.i32Eqz);
      },
    };
  });
  for (const [node, of] of copies) nodes[node] = { ...nodes[of]!, successors: successors[node]! };
  for (const { node, notes } of dispatchers) {
    nodes[node] = { exit: "switch", successors: successors[node]!, emit: () => code.localGet(NOTE_LOCAL) };
    for (const { node: note, value } of notes) {
      nodes[note] = {
        exit: "goto",
        successors: successors[note]!,
        emit: () => {
          code.constant(value);
          code.localSet(NOTE_LOCAL);
        },
      };
    }
  }
  writeStructured(nodes, code);
  const body = new ByteWriter();
  body.unsigned(1);
  body.unsigned(2);
  body.byte(VALUE_TYPE.i32);
  body.bytes(code.finish());
  body.byte(OP.unreachable);
  body.byte(OP.end);
  const module = encodeModule([
    section(SECTION.type, (content) => {
      content.bytes(Uint8Array.of(2, 0x60, 2, VALUE_TYPE.i32, VALUE_TYPE.i32, 1, VALUE_TYPE.i32, 0x60, 0, 0));
    }),
    section(SECTION.import, (content) => {
      content.unsigned(1);
      content.name("e");
      content.name("visit");
      content.bytes(Uint8Array.of(EXTERNAL_KIND.function, 0));
    }),
    section(SECTION.function, (content) => content.bytes(Uint8Array.of(1, 1))),
    section(SECTION.export, (content) => {
      content.unsigned(1);
      content.name("run");
      content.bytes(Uint8Array.of(EXTERNAL_KIND.function, 1));
    }),
    section(SECTION.code, (content) => {
      content.unsigned(1);
      content.unsigned(body.length);
      content.bytes(body.finish());
    }),
  ]);
  const compiled = new WebAssembly.Module(module);
  return (visit) => {
    const { exports } = new WebAssembly.Instance(compiled, { e: { visit } });
    (exports.run as () => void)();
  };
}

/** Nodes of cycles with several ways in are copied where they are light, and dispatched to where they are heavy. */
const LIGHT = 1;
const HEAVY = 10_000;

function compiledWalk(graph: Graph, weight: number, choose: Choose): number[] {
  const visited: number[] = [];
  compile(
    graph,
    weight,
  )((node, ways) => {
    visited.push(node);
    return choose(node, ways) ?? -1;
  });
  return visited;
}

/** Picks ways from a list of numbers, over and over, and calls the walk off after `STEPS` nodes. */
function chooserOf(picks: readonly number[]): Choose {
  let steps = 0;
  return (_, ways) => {
    const pick = picks[steps % picks.length]!;
    steps += 1;
    return ways === 0 || steps >= STEPS ? undefined : pick % ways;
  };
}

/** Any graph whose node 0 has no way in: loops into loops, loops with several ways in, unreachable parts. */
const anyGraph = fc.integer({ min: 1, max: 14 }).chain((count) =>
  fc.array(fc.array(fc.integer({ min: 1, max: count }), { maxLength: 4 }), {
    minLength: count + 1,
    maxLength: count + 1,
  }),
);

const picks = fc.array(fc.nat(11), { minLength: 1, maxLength: 40 });

describe("structured code", () => {
  it("takes the same ways as the graph it is for", () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(LIGHT, 12, HEAVY), picks, (graph, weight, list) => {
        expect(compiledWalk(graph, weight, chooserOf(list))).toEqual(walk(graph, chooserOf(list)));
      }),
      { numRuns: 3000 / oneIn(5) },
    );
  });

  // biome-ignore format: a table, one row a graph
  it.each<readonly [string, Graph]>([
    ["a line",                               [[1], [2], [3], []]],
    ["a loop with its test at the top",      [[1], [2, 3], [1], []]],
    ["a loop that is one node",              [[1], [1, 2], []]],
    ["a loop in a loop with one head",       [[1], [1, 2], [1, 3], []]],
    ["a loop with two ways in",              [[1, 2], [2, 3], [1, 3], []]],
    ["two-way loops inside one another",     [[1, 2], [2, 3], [1, 4], [4, 2], [3, 5], []]],
    ["a switch into a loop",                 [[1, 2, 3, 4], [2], [3], [4, 1], []]],
    ["ways that join",                       [[1, 2], [3], [3], [4, 5], [6], [6], []]],
    ["two loops left for one place",         [[1, 2], [1, 3], [2, 3], []]],
    ["an inner loop left for outside both",  [[1], [2], [2, 3, 4], [1, 4], []]],
  ])("holds for %s, whatever way is taken", (_, graph) => {
    for (let seed = 0; seed < 64; seed++) {
      const list = Array.from({ length: 8 }, (_, index) => (seed >> (index % 6)) * (index + 1));
      const expected = walk(graph, chooserOf(list));
      expect(compiledWalk(graph, LIGHT, chooserOf(list))).toEqual(expected);
      expect(compiledWalk(graph, HEAVY, chooserOf(list))).toEqual(expected);
    }
  });

  it("does not overflow the stack on a function of 60,000 nodes", () => {
    const count = 60_000;
    const graph = Array.from({ length: count }, (_, node) =>
      node === count - 1 ? [] : node % 3 === 0 || node + 2 >= count ? [node + 1] : [node + 2, node + 1],
    );
    const { successors } = makeReducible(graph, () => 1);
    const code = new CodeWriter();
    const exits = ["leaf", "goto", "branch"] as const;
    writeStructured(
      successors.map((targets) => ({
        exit: exits[targets.length]!,
        successors: targets,
        emit: () => code.constant(0),
      })),
      code,
    );
    expect(code.depth).toBe(0);
  });

  it("leaves out of a loop's syntax what does not go round it", () => {
    const code = new CodeWriter();
    const graph: Graph = [[1], [1, 2], []];
    const written: number[] = [];
    const depths: number[] = [];
    const exits = ["leaf", "goto", "branch"] as const;
    writeStructured(
      graph.map((successors, node) => ({
        exit: exits[successors.length]!,
        successors,
        emit: () => {
          written.push(node);
          depths.push(code.depth);
          code.constant(1);
        },
      })),
      code,
    );
    expect(written).toEqual([0, 1, 2]);
    expect(depths).toEqual([0, 2, 0]);
  });
});

describe("dominators", () => {
  /** By definition: without the dominator the node cannot be reached. */
  function dominatesByDefinition(graph: Graph, dominator: number, node: number): boolean {
    if (dominator === node || dominator === 0) return true;
    const without = graph.map((targets, from) => (from === dominator ? [] : targets));
    return !reversePostorder(without).includes(node);
  }

  it("are what the definition says", () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const order = reversePostorder(graph);
        const places = positionsIn(order, graph.length);
        const immediate = immediateDominators(order, places, predecessorsIn(order, graph));
        for (const node of order) {
          const above = new Set<number>();
          for (let each = node; !above.has(each); each = immediate[each]!) above.add(each);
          for (const other of order) expect(above.has(other)).toBe(dominatesByDefinition(graph, other, node));
        }
      }),
      { numRuns: 300 },
    );
  });
});
