import { describe, expect, it } from "vitest";
import type { ComparedRun } from "../../shared/contracts/validation.ts";
import type { Transports } from "../../shared/kernel/io/transports.ts";
import { STAGES } from "../../shared/stages/implementations.ts";
import {
  buildProgram,
  call,
  compareRuns,
  EXIT,
  type Linked,
  lift,
  link,
  type ProgramRun,
  plan,
  RETURN,
  returning,
  runOf,
} from "./program.ts";

const SOURCE = buildProgram({ functions: { _start: [...call("answer"), ...EXIT], answer: returning(42) } });
const REFERENCE = { run: { exec: { allow: [{ name: "qemu", program: "/usr/bin/qemu-mips" }] } } };

interface Asked {
  readonly program: string;
  readonly args: readonly string[];
}

/** The report on a program's runs; `change` makes another module of the linked one. */
async function compared(
  config: object,
  change: (module: Buffer) => void = () => undefined,
  { status = 42, source = SOURCE } = {},
) {
  const of = await runOf(source, config);
  const asked: Asked[] = [];
  const exec: Transports["exec"] = async (request) => {
    asked.push(request as unknown as Asked);
    return { exit_status: status, stdout: "", stderr: "", program_sha256: "f".repeat(64), environment: {} };
  };
  Object.assign(of.run.world, { io: { mode: "live", transports: () => ({ exec }) } });
  const planned = await plan(of);
  const linked = await changed(of, await link(of, planned, await lift(of, planned)), change);
  const { report, ...counts } = await compareRuns(of, planned, linked);
  const { runs } = await of.document<{ runs: ComparedRun[] }>(report);
  return { of, planned, counts, runs, asked };
}

async function changed({ run }: ProgramRun, linked: Linked, change: (module: Buffer) => void): Promise<Linked> {
  const bytes = Buffer.from(await run.stores.artifacts.get(linked.module));
  change(bytes);
  return { ...linked, module: await run.stores.artifacts.put("output", bytes) };
}

describe("a run of the program on the linked module", () => {
  it("agrees where it does what the oracle did, and the report says how it ended", async () => {
    const { counts, runs, asked } = await compared({ validation: { runs: [{ args: ["one", "two"] }, {}] } });
    expect(counts).toEqual({ agreeing: 2, differing: 0 });
    const common = { end: "exit 42", syscalls: 1, instructions: expect.any(Number), module: "agrees" };
    expect(runs).toEqual([
      { run: 0, args: ["one", "two"], ...common },
      { run: 1, args: [], ...common },
    ]);
    expect(asked).toEqual([]);
  });

  it("differs where it ends otherwise, and the report says in what", async () => {
    const { counts, runs } = await compared({ validation: { runs: [{}] } }, (module) => {
      module[module.lastIndexOf(Buffer.of(0x41, 42)) + 1] = 41;
    });
    expect(counts).toEqual({ agreeing: 0, differing: 1 });
    expect(runs).toMatchObject([{ module: "differs", end: "exit 42", difference: { what: expect.any(String) } }]);
  });

  it("is looked at one after the other, and no more of them once nobody waits", async () => {
    const of = await runOf(SOURCE, { validation: { runs: [{}, {}] } });
    const planned = await plan(of);
    const linked = await link(of, planned, await lift(of, planned));
    const { timer } = of.run.world;
    const times: number[] = [];
    // The time is up when it is looked at for the second run.
    Object.assign(of.run.world, {
      timer: { ...timer, now: () => (times.push(0) > 4 ? 2_000 : 0), after: () => () => {} },
    });
    const { program, runs } = planned;
    const input = { submission: of.submission, program, module: linked.module, runs };
    const call = { config: of.submission.config_manifest };
    await expect(of.run.attempt(STAGES.compare_runs, input, call, { deadline: 1_000 })).rejects.toMatchObject({
      name: "AttemptTimedOut",
    });
  });

  it("neither agrees nor differs where it comes to what was not lifted, which is named", async () => {
    const { counts, runs } = await compared({ exclude: ["answer"], validation: { runs: [{}] } });
    expect(counts).toEqual({ agreeing: 0, differing: 0 });
    expect(runs).toMatchObject([
      { module: "unlifted", reason: "control came to answer, which was not lifted", end: "exit 42" },
    ]);
  });

  it("is not compared behind an access that Linux ends it for, and the report says so", async () => {
    const source = buildProgram({
      functions: { _start: [...call("poke"), ...EXIT], poke: [["sw", "zero", 0, "zero"], ...RETURN] },
    });
    const { counts, runs } = await compared({ validation: { runs: [{}] } }, undefined, { source });
    expect(counts).toEqual({ agreeing: 0, differing: 0 });
    expect(runs).toMatchObject([
      { module: "not_compared", reason: expect.stringMatching(/^it agrees up to an access that Linux ends it for/) },
    ]);
  });
});

describe("a run under the reference that the config names", () => {
  const config = (change: object = {}) => ({
    ...REFERENCE,
    validation: { runs: [{ args: ["one"] }], reference: { program: "qemu", args: ["-cpu", "24Kf"] } },
    ...change,
  });

  it("agrees with the oracle and the module", async () => {
    const { counts, runs, asked } = await compared(config());
    expect(counts).toEqual({ agreeing: 1, differing: 0 });
    expect(runs).toMatchObject([{ module: "agrees", reference: { program: "qemu", outcome: "agrees" } }]);
    expect(asked).toMatchObject([{ args: ["-cpu", "24Kf", "./program.elf", "one"] }]);
  });

  it("makes a run differ that agrees with the module", async () => {
    const { counts, runs } = await compared(config(), undefined, { status: 41 });
    expect(counts).toEqual({ agreeing: 0, differing: 1 });
    expect(runs).toMatchObject([{ module: "agrees", reference: { outcome: "differs" } }]);
  });

  it.each([
    ["patches", { patches: [{ address: "0x00400000", bytes: "00000000" }] }],
    ["stubs", { stubs: [{ function: "answer", returns: 42 }] }],
  ])("is asked nothing where the config has %s: it would run another program", async (_, change) => {
    const { runs, asked } = await compared(config(change));
    expect(runs).toMatchObject([{ reference: { outcome: "not_compared" } }]);
    expect(asked).toEqual([]);
  });
});
