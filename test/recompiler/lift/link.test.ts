import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liftShard, linkShards } from "../../../shared/recompiler/lift/index.ts";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import type { ControlFlowGraph, GuestFunction } from "../../../shared/recompiler/program.ts";
import { ByteReader } from "../../../shared/recompiler/wasm/bytes.ts";
import { decodeModule, encodeModule } from "../../../shared/recompiler/wasm/sections.ts";
import type { Line } from "./support/assemble.ts";
import { CODE, type GuestProgram, link, program, RETURN, start } from "./support/guest.ts";

/** Functions of every kind: leaves, calls, tail calls, indirect calls, loops, one that is no code this lifter knows. */
const SOURCES: Record<string, readonly Line[]> = {
  main: [["addiu", "s7", "ra", 0], ["jal", ".leaf"], ["nop"], ["jalr", "ra", "t9"], ["nop"], ["jr", "s7"], ["nop"]],
  leaf: [["mult", "a0", "a1"], ["mflo", "v0"], ...RETURN],
  loop: [".again:", ["lw", "t0", 0, "a0"], ["bne", "t0", "zero", ".again"], ["addiu", "a0", "a0", 4], ...RETURN],
  tail: [
    ["j", ".leaf"],
    ["addiu", "a0", "a0", 1],
  ],
  refused: [["rdhwr", "v0", 4], ...RETURN],
  even: [["beq", "a0", "zero", ".stop"], ["nop"], ["j", ".odd"], ["addiu", "a0", "a0", -1], ".stop:", ...RETURN],
  odd: [["beq", "a0", "zero", ".stop"], ["nop"], ["j", ".even"], ["addiu", "a0", "a0", -1], ".stop:", ...RETURN],
  last: [["div", "a0", "a1"], ["syscall", 0], ["add", "v0", "v0", "v0"], ...RETURN],
};

const PROGRAM = program(SOURCES);

function linkSplit({ image, layout, functions }: GuestProgram, shardOf: readonly number[]): Uint8Array {
  const shards = [...new Set(shardOf)].map((shard) => {
    const members = functions.filter((_, index) => shardOf[index] === shard);
    return liftShard({ image, layout, functions, members }).module;
  });
  return linkShards({ image, layout, functions, shards });
}

function lift({ image, layout, functions }: GuestProgram, members: readonly GuestFunction[] = functions) {
  return liftShard({ image, layout, functions, members });
}

describe("linking", () => {
  it("gives the same bytes however the functions are shared out, in whatever order", () => {
    const whole = linkSplit(
      PROGRAM,
      PROGRAM.functions.map(() => 0),
    );
    const count = PROGRAM.functions.length;
    fc.assert(
      fc.property(fc.array(fc.nat(5), { minLength: count, maxLength: count }), (shardOf) => {
        expect(linkSplit(PROGRAM, shardOf)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same bytes whatever the order of a shard's members", () => {
    const members = [...PROGRAM.functions].reverse();
    expect(lift(PROGRAM, members).module).toEqual(lift(PROGRAM).module);
  });

  it("exports what the runtime needs", () => {
    const { functions } = PROGRAM;
    const module = new WebAssembly.Module(link(PROGRAM).module);
    const registers = Array.from({ length: 31 }, (_, index) => `r${index + 1}`);
    const named = functions.map(({ address }) => `f_${address.toString(16).padStart(8, "0")}`);
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).toEqual([
      "memory",
      "functions",
      "table_base",
      ...registers,
      "hi",
      "lo",
      "tls",
      "target",
      ...named,
    ]);
    expect(WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`)).toEqual([
      "env.syscall",
      "env.trap",
    ]);
  });

  it("puts each function in the table's slot of its address", () => {
    const env = { syscall: () => {}, trap: () => {} };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(link(PROGRAM).module), { env });
    expect((exports.table_base as WebAssembly.Global).value).toBe(CODE);
    const table = exports.functions as WebAssembly.Table;
    const last = PROGRAM.functions.at(-1)!;
    expect(table.length).toBe((last.address - CODE) / 4 + 1);
    const found = Array.from({ length: table.length }, (_, slot) => table.get(slot));
    const expected: unknown[] = found.map(() => null);
    for (const { address } of PROGRAM.functions) {
      expected[(address - CODE) / 4] = exports[`f_${address.toString(16).padStart(8, "0")}`];
    }
    expect(found).toEqual(expected);
  });

  it("names the functions for stack traces", () => {
    const { image, layout, functions } = PROGRAM;
    const bytes = linkShards({ image, layout, functions, shards: [lift(PROGRAM).module] });
    const content = decodeModule(bytes).findLast(({ id }) => id === 0)!.content;
    const reader = new ByteReader(content);
    const text = () => new TextDecoder().decode(reader.bytes(reader.unsigned()));
    expect(text()).toBe("name");
    expect(reader.byte()).toBe(1);
    reader.unsigned();
    const names = Array.from({ length: reader.unsigned() }, () => [reader.unsigned(), text()]);
    expect(names).toEqual([
      [0, "env.syscall"],
      [1, "env.trap"],
      ...functions.map(({ name }, index) => [index + 2, name]),
    ]);
  });

  it("traps as unlifted where a function is missing, and runs the others", () => {
    const others = PROGRAM.functions.filter(({ name }) => name !== "refused");
    const guest = start(PROGRAM, {}, others);
    expect(guest.reports.map(({ name }) => name)).toEqual(others.map(({ name }) => name));
    expect(guest.call("refused")).toBe("unlifted");
    expect(guest.trapAddress()).toBe(PROGRAM.functions[4]!.address);
    expect(guest.call("leaf", { a0: 6, a1: 7 })).toBeUndefined();
    expect(guest.get("v0")).toBe(42);
  });

  it("links a program without functions", () => {
    const { image, layout } = PROGRAM;
    expect(WebAssembly.validate(linkShards({ image, layout, functions: [], shards: [] }))).toBe(true);
  });

  it("keeps words that two segments share", () => {
    const source = program({ main: RETURN });
    const segments = [
      ...source.image.segments,
      { address: CODE + 0x101, bytes: Uint8Array.of(1, 2), memorySize: 2, isExecutable: false, isWritable: true },
      { address: CODE + 0x103, bytes: Uint8Array.of(3), memorySize: 1, isExecutable: false, isWritable: true },
      { address: CODE + 0x106, bytes: Uint8Array.of(6, 7, 8), memorySize: 3, isExecutable: false, isWritable: true },
    ];
    const guest = start({ ...source, image: { ...source.image, segments } });
    expect(guest.read(CODE + 0x100, 12)).toEqual([0, 1, 2, 3, 0, 0, 6, 7, 8, 0, 0, 0]);
  });
});

describe("shards", () => {
  it("are valid modules", () => {
    expect(WebAssembly.validate(lift(PROGRAM).module)).toBe(true);
  });

  it("report what stands in the way inside a function, as its control flow has it", () => {
    const obstacle = { address: CODE, word: "ffffffff", instruction: "0xffffffff", reason: "made up" };
    const { image, layout, functions } = PROGRAM;
    const flowOf = (fn: GuestFunction): ControlFlowGraph => ({
      function: fn,
      blocks: [{ address: fn.address, instructions: [], terminator: { kind: "obstacle", obstacle } }],
    });
    const { reports } = liftShard({ image, layout, functions, members: functions.slice(0, 1), flowOf });
    expect(reports).toEqual([
      {
        index: 0,
        name: "main",
        address: CODE,
        size: 28,
        status: "lifted",
        obstacles: [obstacle],
        blocks: 1,
        instructions: 0,
        wasmBytes: expect.any(Number),
        indirectJumps: 0,
      },
    ]);
  });

  it("report a function whose control flow is broken, and hold the others", () => {
    const { image, layout, functions } = PROGRAM;
    const flowOf = (fn: GuestFunction): ControlFlowGraph => {
      const graph = buildControlFlow(image, fn, functions);
      return fn.name === "loop" ? { ...graph, blocks: [] } : graph;
    };
    const { reports } = liftShard({ image, layout, functions, members: functions, flowOf });
    expect(reports.find(({ name }) => name === "loop")).toMatchObject({
      status: "not_lifted",
      obstacle: {
        word: "8c880000",
        instruction: expect.stringContaining("lw"),
        reason: expect.stringContaining("no block at"),
      },
    });
    expect(reports.filter(({ status }) => status === "lifted")).toHaveLength(functions.length - 1);
  });

  it("count blocks, instructions and unexplained jumps", () => {
    const source = program({
      main: [["beq", "a0", "zero", ".end"], ["nop"], ["addiu", "v0", "v0", 1], ".end:", ["jr", "t8"], ["nop"]],
    });
    expect(lift(source).reports[0]).toMatchObject({ blocks: 3, instructions: 5, indirectJumps: 1 });
  });

  const { image, layout, functions } = PROGRAM;
  const shard = lift(PROGRAM).module;
  const linkOne = (...shards: readonly Uint8Array[]) => linkShards({ image, layout, functions, shards });

  it("of another program are refused", () => {
    const other = program({ ...SOURCES, more: RETURN });
    expect(() => linkOne(lift(other).module)).toThrow(
      expect.objectContaining({
        code: "shard_foreign",
        message: expect.stringContaining("shard 0: its import section"),
      }),
    );
  });

  it("of another layout are refused", () => {
    const wider = { ...layout, maximumBytes: layout.maximumBytes + 65_536 };
    const { module } = liftShard({ image, layout: wider, functions, members: functions });
    expect(() => linkOne(module)).toThrow(expect.objectContaining({ code: "shard_foreign" }));
  });

  it("with types of their own are refused", () => {
    const sections = decodeModule(shard).map((each) => (each.id === 1 ? { id: 1, content: Uint8Array.of(0) } : each));
    expect(() => linkOne(encodeModule(sections))).toThrow(
      expect.objectContaining({ code: "shard_foreign", message: expect.stringContaining("its type section") }),
    );
  });

  it("that hold one function twice are refused", () => {
    expect(() => linkOne(lift(PROGRAM, functions.slice(0, 1)).module, shard)).toThrow(
      expect.objectContaining({ code: "shard_overlap", message: expect.stringContaining("shard 1: holds main") }),
    );
  });

  it.each([
    ["no module", Uint8Array.of(1, 2, 3)],
    ["cut short", shard.subarray(0, shard.length - 3)],
    ["without the list of members", encodeModule(decodeModule(shard).filter(({ id }) => id !== 0))],
    ["without code", encodeModule(decodeModule(shard).filter(({ id }) => id !== 10))],
    [
      "with a member too many",
      encodeModule(
        decodeModule(shard).map((each) =>
          each.id === 0
            ? { id: 0, content: Uint8Array.of(...each.content.slice(0, 15), 8, 0, 1, 2, 3, 5, 6, 7, 8) }
            : each,
        ),
      ),
    ],
  ])("that are %s are refused", (_, bytes) => {
    expect(() => linkOne(bytes)).toThrow(expect.objectContaining({ code: "shard_malformed" }));
  });

  it("with code the engine refuses are refused", () => {
    const broken = encodeModule(
      decodeModule(shard).map((each) => {
        if (each.id !== 10) return each;
        const content = each.content.slice();
        content[content.length - 1] = 0x01;
        return { id: 10, content };
      }),
    );
    expect(() => linkOne(broken)).toThrow(expect.objectContaining({ code: "module_invalid" }));
  });
});
