import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";
import type { ComparedRun, TracedRun } from "../../shared/contracts/validation.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { runUntil } from "../runs/functions/support.ts";
import { buildProgram, call, compareRuns, lift, link, plan, RETURN, returning, runOf } from "../stages/program.ts";

const PAGE = readFileSync(new URL("../../docs/long-tail.md", import.meta.url), "utf8");

/** The examples of the page, in order. */
const EXAMPLES = [...PAGE.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!) as object);

const added = (name: string): Line[] => [...call(name), ["addu", "s0", "s0", "v0"]];

/** As the page describes it. */
const PROGRAM = buildProgram({
  functions: {
    _start: [...call("main"), ["addu", "a0", "v0", "zero"], ["addiu", "v0", "zero", 4001], ["syscall", 0]],
    main: [
      ["addiu", "sp", "sp", -8],
      ["sw", "ra", 4, "sp"],
      ...added("wanted"),
      ...added("broken"),
      ["addu", "v0", "s0", "zero"],
      ["lw", "ra", 4, "sp"],
      ["jr", "ra"],
      ["addiu", "sp", "sp", 8],
    ],
    broken: [["lw", "v0", 0, "zero"], ["nop"], ...RETURN],
    choose: [["jr", "t9"], ["nop"], ...returning(1), ...returning(2)],
    wanted: returning(2),
    debug_print: RETURN,
  },
});

it("has an example of each key that says what becomes of functions", () => {
  const keys = EXAMPLES.flatMap((example) => Object.keys(example)).filter((key) => key !== "schema_version");
  expect(keys).toEqual(["include", "exclude", "stubs", "patches", "functions", "jump_tables"]);
  for (const example of EXAMPLES) expect(ConfigManifest.safeParse(example).error).toBeUndefined();
});

/** How the oracle's run ended, and how the module's run compares. */
async function outcome(config: object): Promise<[TracedRun["end"], ComparedRun["module"]]> {
  const of = await runOf(PROGRAM, { ...config, validation: { random_states: 1 } });
  const planned = await plan(of);
  const linked = await link(of, planned, await lift(of, planned));
  const compared = await compareRuns(of, planned, linked);
  const [traced] = (await of.document<{ runs: TracedRun[] }>(planned.runs)).runs;
  const [run] = (await of.document<{ runs: ComparedRun[] }>(compared.report)).runs;
  return [traced!.end, run!.module];
}

describe("its examples do what it says", () => {
  const [selecting, stubbing, patching, stating, tabling] = EXAMPLES as [object, object, object, object, object];

  it("the program fails without them", async () => {
    expect((await outcome({}))[0].kind).toBe("forbidden_access");
  });

  it("include and exclude", async () => {
    const { lifted } = await (await runUntil("link", PROGRAM, selecting)).documents();
    const excluded = [...lifted.values()].filter(({ status }) => status === "excluded");
    expect(excluded.map(({ name }) => name)).toEqual(["debug_print"]);
  });

  it("stubs", async () => {
    expect(await outcome(stubbing)).toEqual([{ kind: "exit", status: 32, reason: "exit" }, "agrees"]);
  });

  it("patches", async () => {
    expect(PROGRAM.addressOf("broken")).toBe(0x00400044);
    expect(await outcome(patching)).toEqual([{ kind: "exit", status: 42, reason: "exit" }, "agrees"]);
  });

  it("functions", async () => {
    const { plan: planned } = await (await runUntil("plan", PROGRAM, stating)).documents();
    expect(planned.functions.filter(({ origin }) => origin === "config")).toMatchObject([
      { name: "choose_one", address: "0x0040005c", size: 8 },
    ]);
  });

  it("jump_tables", async () => {
    expect(PROGRAM.addressOf("choose")).toBe(0x00400054);
    const choose = async (config: object) =>
      [...(await (await runUntil("link", PROGRAM, config)).documents()).lifted.values()].find(
        ({ name }) => name === "choose",
      );
    expect(await choose(tabling)).toMatchObject({ indirect_jumps: 0, blocks: 3 });
    expect(await choose({})).toMatchObject({ indirect_jumps: 1, blocks: 1 });
  });
});
