import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";
import type { ProgramPlan } from "../../shared/contracts/program.ts";
import type { ComparedRun, TracedRun } from "../../shared/contracts/validation.ts";
import { seededRandomness, steppingClock } from "../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../shared/recompiler/runtime/host.ts";
import { readHostFile } from "../../shared/recompiler/runtime/host-file.ts";
import { memoryFiles } from "../../shared/recompiler/runtime/memory-files.ts";
import { toLayout } from "../../shared/stages/program-documents.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { assemble } from "../recompiler/programs/assemble.ts";
import { runUntil } from "../runs/functions/support.ts";
import { buildProgram, call, compareRuns, lift, link, plan, RETURN, returning, runOf } from "../stages/program.ts";

const PAGE = readFileSync(new URL("../../docs/long-tail.md", import.meta.url), "utf8");

/** The examples of the page, in order. */
const EXAMPLES = [...PAGE.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json]) => JSON.parse(json!) as object);

const added = (name: string): Line[] => [...call(name), ["addu", "s0", "s0", "v0"]];

/** The examples of functions of one's own, by their language. */
const ownFunctions = (language: "js" | "wat"): string =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(PAGE)![1]!;

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

  describe("functions of one's own", () => {
    const folder = temporaryFolder();
    afterAll(folder.remove);

    /** The status that the program exits with. */
    async function statusWith(name: string, content: string | Uint8Array): Promise<number | undefined> {
      const of = await runOf(PROGRAM, { validation: { random_states: 1 } });
      const planned = await plan(of);
      const { module } = await link(of, planned, await lift(of, planned));
      const { layout, endianness, entry } = await of.document<ProgramPlan>(planned.program);
      const file = join(folder.path, name);
      writeFileSync(file, content);
      const world = { files: memoryFiles(), clock: steppingClock(), randomness: seededRandomness() };
      const start = { layout: toLayout(layout), endianness, entry: Number(entry), args: ["small"], env: [] };
      const outcome = runModule(await of.run.stores.artifacts.get(module), start, world, await readHostFile(file));
      return outcome.kind === "exit" ? outcome.status : undefined;
    }

    it("in JavaScript", async () => {
      const said = vi.spyOn(console, "error").mockImplementation(() => {});
      // `wanted` returns 2, which is doubled; `broken` is called with a0 as it starts.
      expect(await statusWith("own.mjs", ownFunctions("js"))).toBe(16);
      expect(said.mock.calls).toEqual([[expect.stringMatching(/^main begins with sp=\d+$/)]]);
      said.mockRestore();
    });

    it("in WebAssembly", async () => {
      expect(await statusWith("own.wasm", assemble(ownFunctions("wat")))).toBe(14);
    });
  });
});
