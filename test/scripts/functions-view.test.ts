import { expect, it } from "vitest";
import { formatFunctions } from "../../scripts/cli/functions/list.ts";
import { formatFunction } from "../../scripts/cli/functions/show.ts";
import type { FunctionList } from "../../shared/runs/functions/list.ts";
import { showFunction } from "../../shared/runs/functions/show.ts";
import { runUntil } from "../runs/functions/support.ts";
import { buildProgram, call, EXIT, returning } from "../stages/program.ts";

const LIST: FunctionList = {
  run_id: "r",
  program: "small",
  totals: {
    functions: 3,
    bytes: 1100,
    by_status: { untested: 1, tested: 1, not_lifted: 1 },
    with_obstacles: 1,
    instructions: 2001,
    instructions_run: 2000,
  },
  functions: [
    {
      index: 0,
      name: "a",
      address: "0x00400000",
      size: 1000,
      found_by: "symbol",
      status: "tested",
      obstacles: 0,
      runs: [0],
      instructions: 2000,
      instructions_run: 1999,
    },
    {
      index: 1,
      name: "longer",
      address: "0x00400400",
      size: 96,
      found_by: "call",
      status: "not_lifted",
      obstacles: 0,
      reason: "why",
      runs: [],
      instructions: 1,
    },
  ],
};

it("functions are a table with numbers to the right, and a line of totals; only all is 100%", () => {
  expect(formatFunctions(LIST).split("\n")).toEqual([
    "ADDRESS     SIZE  NAME    FOUND BY  STATUS        RAN  REASON",
    "0x00400000  1000  a       symbol    tested      99.9%",
    "0x00400400    96  longer  call      not lifted         why",
    "2 of 3 functions of small, 1100 bytes: 1 tested, 1 untested, 1 not lifted; 1 with obstacles; inputs ran 99.9% of 2001 instructions",
  ]);
});

const SOURCE = buildProgram({ functions: { _start: [...call("answer"), ...EXIT], answer: returning(42) } });
const view = runUntil("validate", SOURCE, { validation: { random_states: 2 } }).then(async ({ artifacts, documents }) =>
  showFunction(artifacts, await documents(), "answer"),
);

it("a function's three sides stand side by side where there is room, and below each other where there is none", async () => {
  const wide = formatFunction(await view, 200).split("\n");
  expect(wide.slice(0, 6)).toEqual([
    expect.stringMatching(/^answer at 0x[0-9a-f]{8}, 8 bytes, found by symbol; small, run /),
    "Status     tested",
    expect.stringMatching(/^Lifted {5}1 blocks, 2 instructions, \d+ bytes of WebAssembly$/),
    "Tests      1 captured inputs; 2 made up; 0 inconclusive; ran 2 of 2 instructions (100%)",
    "Called by  _start (at 0x00400000)",
    "Reached    by run 0, first from _start",
  ]);
  expect(wide.slice(6, 9)).toEqual(["Reads      nothing", "Writes     v0", "Preserves  s0-s7, gp, sp, fp"]);
  expect(wide).toContainEqual(expect.stringMatching(/^Assembly +│ IR +│ WebAssembly$/));
  expect(wide).toContainEqual(expect.stringMatching(/^[0-9a-f]{8} {2}jr ra +│ block0: +│ 00001 {2}i32.const 42/));
  const narrow = formatFunction(await view, 40).split("\n");
  expect(narrow.filter((line) => /^(Assembly|IR|WebAssembly):$/.test(line))).toEqual([
    "Assembly:",
    "IR:",
    "WebAssembly:",
  ]);
});

it("only the sides that are asked for are shown", async () => {
  const pair = formatFunction(await view, 200, ["asm", "wasm"]);
  expect(pair).toMatch(/\nAssembly +│ WebAssembly\n/);
  expect(pair).not.toContain("block0:");
  const alone = formatFunction(await view, 40, ["ir"]);
  expect(alone).toMatch(/\nfunction 0x[0-9a-f]{8} answer big\n0x[0-9a-f]{8}:\n {2}block0:\n/);
  expect(alone).not.toContain("jr ra");
});
