import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import type { ProgramPlan } from "../../shared/contracts/program.ts";
import { hex } from "../../shared/recompiler/machine.ts";
import { decodeCaptures } from "../../shared/recompiler/oracle/captures.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { MEMORY } from "../recompiler/lift/support/guest.ts";
import { buildProgram, call, EXIT, plan, returning, runOf } from "./program.ts";

const SMALL = buildProgram({
  functions: {
    _start: [...call("main"), ...EXIT],
    main: [
      ["addiu", "sp", "sp", -8],
      ["sw", "ra", 4, "sp"],
      ...call("answer"),
      ...call("answer"),
      ["lw", "ra", 4, "sp"],
      ["jr", "ra"],
      ["addiu", "sp", "sp", 8],
    ],
    answer: returning(42),
  },
});

const planOf = async (source: Parameters<typeof runOf>[0], config: object = {}) => {
  const of = await runOf(source, config);
  const planned = await plan(of);
  const document = await of.document<ProgramPlan>(planned.program);
  const captured = async (captures: ArtifactRef) =>
    decodeCaptures(await of.run.stores.artifacts.get(captures)).map(({ address }) => address);
  return { ...of, planned, document, captured };
};

describe("plan", () => {
  it("takes functions from the module's symbol file, and the config's word over it", async () => {
    const stripped = buildProgram({
      functions: { _start: [...call("main"), ...EXIT], main: returning(1), quiet: returning(2), last: returning(3) },
      named: ["_start"],
    });
    const [main, quiet, last] = ["main", "quiet", "last"].map((name) => hex(stripped.addressOf(name)));
    const symbols = `main = ${main};\nquiet = ${quiet}; // size:0x8\nlast = ${last};\n`;
    const { document } = await planOf({ ...stripped, symbols }, { functions: [{ address: last, name: "final" }] });
    expect(document.functions.map(({ name, size, origin }) => `${name} ${size} ${origin}`)).toEqual([
      "_start 20 symbol",
      "main 8 symbol_file",
      "quiet 8 symbol_file",
      "final 8 config",
    ]);
  });

  it("names every function, where memory lies and what becomes of each", async () => {
    const { document, planned, run } = await planOf(SMALL);
    expect(document).toEqual({
      schema_version: 1,
      name: "small",
      endianness: "big",
      entry: "0x00400000",
      layout: {
        base: 0,
        initial_bytes: 0x420000 + (8 << 20),
        maximum_bytes: 1 << 30,
        stack_bottom: 0x420000,
        stack_top: 0x420000 + (8 << 20),
        heap_start: 0x420000 + (8 << 20),
      },
      functions: [
        { index: 0, name: "_start", address: "0x00400000", size: 20, origin: "symbol", treatment: "lift" },
        { index: 1, name: "main", address: "0x00400014", size: 36, origin: "symbol", treatment: "lift" },
        { index: 2, name: "answer", address: "0x00400038", size: 8, origin: "symbol", treatment: "lift" },
      ],
    });
    expect(planned).toMatchObject({ functions: 3, shards: [{ shard: 0 }], max_concurrency: 8 });
    const { roles } = await run.record();
    expect(roles.get("program")).toBe(planned.program);
    const said = (await run.events()).find(({ name }) => name === "recomp.run.planned");
    expect(said?.payload).toEqual({ functions: 3, shards: 1 });
  });

  it("says how each run of the program ended, and warns of one that was cut short", async () => {
    const { run } = await planOf(SMALL, {
      validation: { runs: [{}, { args: ["again"] }], max_instructions: 1_000 },
    });
    const traced = run.lines.filter(({ message }) => message === "program traced");
    expect(traced.map(({ fields }) => fields)).toMatchObject([
      { run: 0, end: "exit 42", instructions: 18 },
      { run: 1, end: "exit 42", instructions: 18 },
    ]);
    expect(run.lines.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it.each<[string, readonly Line[], string]>([
    ["its budget is used up", [".on:", ["j", ".on"], ["nop"]], "instruction budget used up"],
    ["it traps", [["break", 0]], "guest breakpoint at 0x00400000"],
  ])("warns of a run in which %s", async (_why, lines, expected) => {
    const source = buildProgram({ functions: { _start: lines } });
    const { run } = await planOf(source, { validation: { runs: [{}, {}], max_instructions: 100 } });
    const warned = run.lines.filter(({ level }) => level === "warn");
    expect(warned).toMatchObject([
      { fields: { code: "run_cut_short" }, message: `validation run 0: ${expected}` },
      { fields: { code: "run_cut_short" }, message: `validation run 1: ${expected}` },
    ]);
  });

  it("warns of a run in which the program says that it writes code", async () => {
    const lines: Line[] = [
      ["lui", "a0", 0x41],
      ["addiu", "a1", "zero", 16],
      ["addiu", "v0", "zero", 4147],
      ["syscall", 0],
      ["addiu", "v0", "zero", 0],
      ...EXIT,
    ];
    const source = buildProgram({ functions: { _start: lines } });
    const { run } = await planOf(source, { validation: { runs: [{}] } });
    expect(run.lines.filter(({ level }) => level === "warn")).toMatchObject([
      { fields: { code: "code_written" }, message: expect.stringMatching(/^validation run 0: cacheflush\(0x00410000/) },
    ]);
  });

  it("gives each shard the entry states of its own functions", async () => {
    const { planned, captured } = await planOf(SMALL, { functions_per_shard: 2 });
    expect(planned.shards.map(({ shard }) => shard)).toEqual([0, 1]);
    const [first, second] = planned.shards;
    expect(new Set(await captured(first!.captures))).toEqual(new Set(["_start", "main"].map(SMALL.addressOf)));
    expect(await captured(second!.captures)).toEqual(Array(2).fill(SMALL.addressOf("answer")));
  });

  it("shares the entry states out among the runs", async () => {
    const answers = async (validation: object) => {
      const { planned, captured } = await planOf(SMALL, { validation });
      const addresses = await captured(planned.shards[0]!.captures);
      return addresses.filter((address) => address === SMALL.addressOf("answer")).length;
    };
    expect(await answers({ captured_states: 1 })).toBe(1);
    expect(await answers({ captured_states: 2, runs: [{}, {}] })).toBe(2);
    expect(await answers({ captured_states: 3, runs: [{}, {}] })).toBe(4);
    expect(await answers({ captured_states: 0 })).toBe(0);
    expect(await answers({ runs: [] })).toBe(0);
  });

  it("lets one shard go after the other in a sequential run", async () => {
    const { planned } = await planOf(SMALL, { run: { execution_mode: { kind: "sequential" } } });
    expect(planned.max_concurrency).toBe(1);
    const fanned = await planOf(SMALL, { run: { execution_mode: { kind: "fan_out_join", max_concurrency: 3 } } });
    expect(fanned.planned.max_concurrency).toBe(3);
  });

  it("tells the program its name and what the config gives it", async () => {
    const source = buildProgram({
      functions: {
        // argc, then the first letters of argv[0] and argv[1], then the first byte of the input
        _start: [
          ["lw", "s0", 0, "sp"],
          ["lw", "t0", 4, "sp"],
          ["lbu", "t0", 0, "t0"],
          ["addu", "s0", "s0", "t0"],
          ["lw", "t0", 8, "sp"],
          ["lbu", "t0", 0, "t0"],
          ["addu", "s0", "s0", "t0"],
          ["addu", "a0", "zero", "zero"],
          ["lui", "a1", MEMORY >>> 16],
          ["addiu", "a2", "zero", 1],
          ["addiu", "v0", "zero", 4003],
          ["syscall", 0],
          ["lui", "a1", MEMORY >>> 16],
          ["lbu", "t0", 0, "a1"],
          ["addu", "v0", "s0", "t0"],
          ...EXIT,
        ],
      },
    });
    const { run } = await planOf(source, { validation: { runs: [{ args: [" "], stdin: "\t" }] } });
    const end = (2 + "s".charCodeAt(0) + 32 + 9) & 0xff;
    expect(run.lines.find(({ message }) => message === "program traced")?.fields.end).toBe(`exit ${end}`);
  });
});

describe("finding functions that nothing in the file names", () => {
  const KEY = 0x5555_5554;
  /** A program that goes on to its next hidden function only if the one before returned 0; the real ones return 1. */
  const chain = (length: number) => {
    const names = Array.from({ length }, (_, at) => `hidden${at}`);
    return buildProgram({
      functions: {
        _start: [
          ["lui", "s1", KEY >>> 16],
          ["ori", "s1", "s1", KEY & 0xffff],
          ["lui", "s2", MEMORY >>> 16],
          ...names.flatMap((_, at): Line[] => [
            ["lw", "t9", 4 * at, "s2"],
            ["xor", "t9", "t9", "s1"],
            ["jalr", "ra", "t9"],
            ["nop"],
            ["bne", "v0", "zero", ".end"],
            ["nop"],
          ]),
          ".end:",
          ...EXIT,
        ],
        ...Object.fromEntries(names.map((name) => [name, returning(1)])),
      },
      named: ["_start"],
      words: (addressOf) => names.map((name) => (addressOf(name) ^ KEY) >>> 0),
    });
  };
  const found = async (length: number, config: object) => {
    const source = chain(length);
    const { document } = await planOf(source, config);
    const [, ...hidden] = document.functions;
    return { source, hidden };
  };

  it("learns them from a run", async () => {
    const { source, hidden } = await found(1, {});
    const address = hex(source.addressOf("hidden0"));
    expect(hidden).toEqual([
      { index: 1, name: `func_${address.slice(2)}`, address, size: 8, origin: "trace", treatment: "lift" },
    ]);
  });

  it("runs the program again with what it learned, and learns what that shows", async () => {
    const stubs = [{ function: "func_*", returns: 0 }];
    const { source, hidden } = await found(2, { stubs });
    expect(hidden).toMatchObject([
      { address: hex(source.addressOf("hidden0")), origin: "trace", treatment: "stub", returns: 0 },
      { address: hex(source.addressOf("hidden1")), origin: "trace", treatment: "stub", returns: 0 },
    ]);
  });

  it("leaves the end of a long chain to later runs", async () => {
    const { hidden } = await found(6, { stubs: [{ function: "func_*", returns: 0 }] });
    expect(hidden).toHaveLength(3);
  });

  it("can leave out what only a run shows, by its name", async () => {
    const name = `func_${hex(chain(1).addressOf("hidden0")).slice(2)}`;
    const { hidden } = await found(1, { exclude: [name] });
    expect(hidden).toMatchObject([{ name, treatment: "exclude" }]);
  });

  it("takes them from the config, with the names and sizes that it gives", async () => {
    const source = chain(2);
    const [one, other] = [hex(source.addressOf("hidden0")), hex(source.addressOf("hidden1"))];
    const { hidden } = await found(2, { functions: [{ address: other }, { address: one, name: "first", size: 8 }] });
    expect(hidden).toMatchObject([
      { name: "first", address: one, size: 8, origin: "config" },
      { name: `func_${other.slice(2)}`, address: other, size: 8, origin: "config" },
    ]);
  });

  it("takes the config's word for a name and a size that the file has otherwise", async () => {
    const source = buildProgram({ functions: { _start: EXIT, wrong: [...returning(1), ...returning(2)] } });
    const address = hex(source.addressOf("wrong"));
    const { document } = await planOf(source, { functions: [{ address, size: 8, name: "right" }] });
    expect(document.functions[1]).toMatchObject({ name: "right", address, size: 8, origin: "config" });
  });

  it.each([
    ["0x00410000", {}, /functions\.0: expected an address of an instruction in the program's code, found 0x00410000$/],
    ["0x00400002", {}, /expected an address of an instruction/],
    [
      "0x00400000",
      { size: 0x100000 },
      /expected a function that ends by 0x004000[0-9a-f]{2}, as the code does, found one to 0x00500000$/,
    ],
  ] as const)("refuses a function at %s %o", async (address, more, message) => {
    const of = await runOf(chain(1), { functions: [{ address, ...more }] });
    await expect(plan(of)).rejects.toMatchObject({
      name: "ContractInputMissing",
      message: expect.stringMatching(message),
    });
  });

  it("refuses two functions at one address", async () => {
    const of = await runOf(chain(1), { functions: [{ address: "0x00400000" }, { address: "0x400000" }] });
    await expect(plan(of)).rejects.toThrow(
      /functions\.1: expected each function once, found a second one at 0x00400000$/,
    );
  });

  it("refuses a selector that names nothing when all are found", async () => {
    const of = await runOf(chain(1), { exclude: ["func_00000000"] });
    await expect(plan(of)).rejects.toMatchObject({
      name: "ContractInputMissing",
      message: expect.stringContaining(
        'field exclude.0: expected a function\'s name, a pattern with * or an address, found "func_00000000", which names none of the 2 functions',
      ),
    });
  });
});
