import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import type { LiftRecord } from "../../shared/contracts/program.ts";
import type { ComparedRun, TestRecord, TracedRun } from "../../shared/contracts/validation.ts";
import { ValidationReport } from "../../shared/contracts/validation.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { approve } from "../../shared/stages/approve.ts";
import { override } from "../../shared/stages/override.ts";
import { validationGate } from "../../shared/stages/validation-gate.ts";
import { decided, overridden, ref, started, state, through } from "../kernel/run/events.ts";
import { createTestRun } from "../kernel/support.ts";
import { submission } from "./example.ts";

const OVERRIDABLE = { gates: { overridable: ["validation"] } };
const BEGUN = [
  started(["intake", "plan", "validation_gate", "override", "approve", "publish"]),
  ...through("intake", "plan"),
];

const tested = (index: number, status: TestRecord["status"]): TestRecord => ({
  index,
  name: `f${index}`,
  address: `0x0040000${index}`,
  status,
  captured_states: 1,
  captured_ends: 1,
  random_states: 2,
  random_ends: 2,
  inconclusive_states: 0,
  instructions: 10,
  instructions_run: 9,
  coverage: 0.9,
  ...(status === "disproven"
    ? { disagreement: { input: "seeded state 3", what: "register v0", expected: "0x1", found: "0x2" } }
    : {}),
});

const ENTRY = "0x00400000";
const HASH = "0".repeat(64);

const lifted = (index: number, status: LiftRecord["status"] = "lifted"): LiftRecord => ({
  index,
  name: `f${index}`,
  address: `0x0040000${index}`,
  size: 4,
  status,
  blocks: 1,
  instructions: 1,
  wasm_bytes: status === "lifted" ? 1 : 0,
  indirect_jumps: 0,
});

const traced = (...functions: TracedRun["functions"]): TracedRun => ({
  args: ["program"],
  stdin: "",
  end: { kind: "exit", status: 0, reason: "exit" },
  instructions: 10,
  deepest: 1,
  stdout: { bytes: 0, sha256: HASH },
  stderr: { bytes: 0, sha256: HASH },
  syscalls: { count: 1, sha256: HASH, first: ["exit(0x00000000) = does not return"] },
  functions,
  code_flushes: [],
});

const comparedRun = (change: Partial<ComparedRun> = {}): ComparedRun => ({
  run: 0,
  args: [],
  end: "exit 0",
  instructions: 10,
  syscalls: 1,
  module: "agrees",
  ...change,
});

interface Found {
  readonly functions?: readonly TestRecord[];
  readonly lifted?: readonly LiftRecord[];
  readonly traced?: readonly TracedRun[];
  readonly compared?: readonly ComparedRun[];
  /** Of the config manifest. */
  readonly validation?: object;
  /** Other keys of it. */
  readonly rest?: object;
}

/** Shards with functions of these fates, what else was found, and the gate before them. */
async function setUp(shards: TestRecord["status"][][], config: object = {}, found: Found = {}) {
  const run = await createTestRun({ begun: BEGUN, config });
  const put = (document: object) => putDocument(run.stores.artifacts, "output", document);
  let index = 0;
  const parts = await Promise.all(
    shards.map(async (statuses, shard) => {
      const functions = found.functions ?? statuses.map((status) => tested(index++, status));
      const report = await put({ schema_version: 2, functions });
      return { shard, report, tested: 0, disproven: 0, untested: 0, instructions: 0, instructions_run: 0 };
    }),
  );
  const all = found.lifted ?? shards.flat().map((_, each) => lifted(each));
  const functions = all.map(({ name, address, index: at }) => ({
    index: at,
    name,
    address,
    size: 4,
    origin: "symbol",
    treatment: "lift",
  }));
  const layout = { base: 0, initial_bytes: 1, maximum_bytes: 1, stack_bottom: 0, stack_top: 0, heap_start: 0 };
  const evidence = {
    submission: {
      ...submission,
      config_manifest: await put({ schema_version: 1, validation: found.validation ?? {}, ...found.rest }),
    },
    program: await put({ schema_version: 1, name: "small", endianness: "big", entry: ENTRY, layout, functions }),
    report: await put({ schema_version: 1, functions: all }),
    runs: await put({ schema_version: 1, runs: found.traced ?? [] }),
    compared: { report: await put({ schema_version: 1, runs: found.compared ?? [] }), agreeing: 0, differing: 0 },
  };
  const gate = (order = parts) =>
    run.attempt(validationGate as unknown as Stage, { ...evidence, shards: order }) as Promise<{
      verdict: string;
      report: string;
    }>;
  return { run, parts, gate };
}

describe("the validation gate", () => {
  it("lets pass what nothing disproves, and joins the tests in one report", async () => {
    const lenient = { validation: { require: { conclusive: "none" } } };
    const { run, gate, parts } = await setUp([["tested", "untested"], ["tested"]], {}, lenient);
    const output = await gate(parts.toReversed());
    expect(output).toMatchObject({ verdict: "passed", tested: 2, disproven: 0, untested: 1 });
    const report = ValidationReport.parse(await run.document(output.report));
    expect(report).toMatchObject({ verdict: "passed", tested: 2, disproven: 0, untested: 1 });
    expect(report.functions.map(({ index }) => index)).toEqual([0, 1, 2]);
    const { roles, gates } = await run.record();
    expect(roles.get("validation")).toBe(output.report);
    expect(gates.size).toBe(0);
    expect(await run.names()).toContain("recomp.run.validation.completed");
  });

  it("warns of a config that has it demand less, or that changes the program, and of no other", async () => {
    const warned = async (validation: object, rest: object = {}) => {
      const { run, gate } = await setUp([["tested"]], OVERRIDABLE, { validation, rest });
      await gate();
      return run.lines.filter(({ level }) => level === "warn").map(({ message }) => message);
    };
    expect(await warned({})).toEqual([]);
    expect(await warned({ require: { conclusive: "every", captured: true, coverage: 0.5 } })).toEqual([]);
    expect(await warned({ require: { conclusive: "none" }, captured_states: 0, runs: [], allow_gaps: true })).toEqual([
      'the config asks for less than the default: require.conclusive is "none", no function needs a captured input, there is no run to compare, functions that runs need may be missing',
    ]);
    expect(await warned({ require: { captured: false } })).toEqual([
      "the config asks for less than the default: no function needs a captured input",
    ]);
    const stub = { function: "f0", returns: 0 };
    const patch = { address: ENTRY, bytes: "00000000" };
    expect(await warned({}, { stubs: [stub], patches: [patch, { ...patch, address: "0x00400004" }] })).toEqual([
      "what is tested is the program with 1 stub and 2 patches of the config, not the file's",
    ]);
    const rest = { stubs: [stub], run: { exec: { allow: [{ name: "qemu", program: "/usr/bin/qemu-mips" }] } } };
    expect(await warned({ reference: { program: "qemu" } }, rest)).toContain(
      "the config asks for less than the default: the reference is not asked, for it knows the file alone",
    );
  });

  it("counts the tests itself, whatever the shards say", async () => {
    const { gate } = await setUp([["tested", "disproven"]], OVERRIDABLE);
    expect(await gate()).toMatchObject({ verdict: "failed", tested: 1, disproven: 1 });
  });

  it("fails the run on one function that disagrees, and quotes where", async () => {
    const { run, gate } = await setUp([["tested"], ["disproven"]]);
    await expect(gate()).rejects.toMatchObject({
      name: "HardGateFailed",
      message: expect.stringMatching(
        /^1 of 2 functions disagree with the oracle: f1 \(0x00400001\), seeded state 3: register v0: expected 0x1, found 0x2\. All of them: artifact:/,
      ),
    });
    expect((await run.record()).gates.get("validation")).toMatchObject({ kind: "hard", state: "failed" });
    expect(await run.names()).not.toContain("state_completed");
  });

  it("says where one begins to differ, and how to see it; that one first", async () => {
    const divergence = { says: "first after f1+0x8", report: ref(9) as ArtifactRef };
    const [first, second] = [tested(0, "disproven"), tested(1, "disproven")];
    const functions = [first, { ...second, disagreement: { ...second.disagreement!, divergence } }];
    const { gate } = await setUp([["disproven", "disproven"]], {}, { functions });
    await expect(gate()).rejects.toThrow(
      /oracle: f1 \(.*found 0x2; first after f1\+0x8; f0 \(.*\. See restep functions [0-9a-f-]{36} 0x00400001 --diverge$/,
    );
  });

  it("names its report to whoever reads the error", async () => {
    const { run, gate } = await setUp([["disproven"]]);
    const error = (await gate().catch((thrown: unknown) => thrown)) as { details: { report: string } };
    const { report } = error.details;
    expect(ValidationReport.parse(await run.document(report))).toMatchObject({ verdict: "failed", disproven: 1 });
  });

  it("quotes no more than a few", async () => {
    const { gate } = await setUp([Array(5).fill("disproven")]);
    const error = (await gate().catch((thrown: unknown) => thrown)) as Error;
    expect(error.message.match(/seeded state/g)).toHaveLength(3);
    expect(error.message).toMatch(/^5 of 5.* found 0x2 and 2 more\. All of them: artifact:/);
    const three = await setUp([Array(3).fill("disproven")]);
    const whole = (await three.gate().catch((thrown: unknown) => thrown)) as Error;
    expect(whole.message.match(/seeded state/g)).toHaveLength(3);
    expect(whole.message).not.toContain("more");
  });

  it("hands its verdict on where the policy lets a person override it: the gate has failed, the state has not", async () => {
    const { run, gate } = await setUp([["disproven"]], OVERRIDABLE);
    const { report } = await gate();
    const { gates, steps, phase } = await run.record();
    expect(gates.get("validation")).toMatchObject({ kind: "hard", state: "failed", evidence: report });
    expect(steps.get(state("validation_gate"))?.state).toBe("succeeded");
    expect(phase).toBe("executing");
  });
});

describe("what the validation gate demands", () => {
  const messageOf = async (found: Found, shards: TestRecord["status"][][] = [["tested"]]): Promise<string> => {
    const { gate } = await setUp(shards, {}, found);
    return gate().then(
      () => "passed",
      (error: Error) => error.message,
    );
  };
  const untold = { ...tested(0, "untested"), captured_states: 0, captured_ends: 0, random_states: 3, random_ends: 0 };

  it("every lifted function has an input that says something: one that a run was in, or that came to a normal end", async () => {
    expect(await messageOf({ functions: [untold] })).toMatch(
      /^1 of 1 functions had no input .*\(validation\.require\.conclusive\): f0 \(0x00400000\)\. All/,
    );
    expect(await messageOf({ functions: [{ ...untold, random_ends: 1 }] })).toBe("passed");
    expect(await messageOf({ functions: [{ ...untold, captured_states: 1 }] })).toBe("passed");
  });

  it("or those that runs reach, or none", async () => {
    const asking = (conclusive: string) => ({ validation: { require: { conclusive, captured: false } } });
    const functions = [untold];
    expect(await messageOf({ functions, ...asking("reached") })).toBe("passed");
    expect(await messageOf({ functions, ...asking("reached"), traced: [traced({ index: 0 })] })).toMatch(
      /^1 of 1 functions had no input/,
    );
    expect(await messageOf({ functions, ...asking("none"), traced: [traced({ index: 0 })] })).toBe("passed");
  });

  it("functions that runs reach have a captured input, unless none are captured", async () => {
    const functions = [{ ...tested(0, "tested"), captured_states: 0, captured_ends: 0 }];
    const reached = { functions, traced: [traced({ index: 0 })] };
    expect(await messageOf(reached)).toMatch(/^1 of 1 functions that runs reach had no captured input/);
    expect(await messageOf({ functions })).toBe("passed");
    expect(await messageOf({ ...reached, validation: { captured_states: 0 } })).toBe("passed");
    const demanded = { captured_states: 0, require: { captured: true } };
    expect(await messageOf({ ...reached, validation: demanded })).toMatch(/^1 of 1 functions that runs reach/);
  });

  it("inputs ran so much of all instructions together", async () => {
    const coverage = (least: number) => ({ validation: { require: { coverage: least } } });
    const large = { ...tested(1, "tested"), instructions: 90, instructions_run: 36 };
    const found = { functions: [tested(0, "tested"), large], lifted: [lifted(0), lifted(1)] };
    // 9 of 10 and 36 of 90.
    expect(await messageOf({ ...found, ...coverage(0.45) })).toBe("passed");
    expect(await messageOf({ ...found, ...coverage(0.46) })).toBe(
      `inputs ran 45.0% of the instructions, and validation.require.coverage demands 46.0%. All of them: ${(await messageOf({ ...found, ...coverage(0.46) })).split(": ")[1]}`,
    );
  });

  it("which is all of them where there are none", async () => {
    const demanding = { validation: { require: { coverage: 1 } } };
    expect(await messageOf({ functions: [], lifted: [], ...demanding })).toBe("passed");
    const one = { ...tested(0, "tested"), instructions: 1, instructions_run: 0 };
    expect(await messageOf({ functions: [one], ...demanding })).toMatch(/^inputs ran 0\.0% of the instructions/);
  });

  it("the linked module does what the oracle did, in every run", async () => {
    const difference = { what: "standard output", expected: "3 bytes", found: "4 bytes" };
    expect(
      await messageOf({ compared: [comparedRun(), comparedRun({ run: 1, module: "differs", difference })] }),
    ).toMatch(/^run 1 differs on the linked module: standard output: expected 3 bytes, found 4 bytes\. All/);
    expect(await messageOf({ compared: [comparedRun({ module: "not_compared", reason: "too long" })] })).toBe("passed");
    // The oracle reached nothing that is missing: the module went elsewhere.
    expect(await messageOf({ compared: [comparedRun({ module: "unlifted", reason: "control came to f3" })] })).toMatch(
      /^run 0 differs on the linked module: control came to f3/,
    );
  });

  it("and so does the reference that the config names", async () => {
    const difference = { what: "end of the program", expected: "exit 42", found: "exit 17" };
    const reference = { program: "qemu", outcome: "differs", difference } as const;
    expect(await messageOf({ compared: [comparedRun({ reference })] })).toMatch(
      /^run 0 differs between qemu and the oracle: end of the program: expected exit 42, found exit 17/,
    );
  });

  const broken = [lifted(0), lifted(1), lifted(2, "not_lifted"), lifted(3, "excluded")];
  const path = [traced({ index: 0 }), traced({ index: 0 }, { index: 1, caller: 0 }, { index: 2, caller: 1 })];

  it("functions that runs reach can run: those that cannot are named, with the way to them", async () => {
    expect(await messageOf({ lifted: broken, traced: path, validation: { require: { captured: false } } })).toMatch(
      /^1 functions that runs need cannot run \(validation\.allow_gaps lets them be missing\): f2 \(0x00400002\), not lifted; run 1 comes to it by f0 > f1 > f2\. All/,
    );
    const excluded = [traced({ index: 0 }, { index: 3, caller: 0 })];
    expect(await messageOf({ lifted: broken, traced: excluded, validation: { require: { captured: false } } })).toMatch(
      /f3 \(0x00400003\), left out by the config; run 0 comes to it by f0 > f3/,
    );
  });

  it("by numbers where the plan has no names for them, and by no circle", async () => {
    const validation = { require: { captured: false } };
    const unplanned = [traced({ index: 9 }, { index: 2, caller: 9 })];
    expect(await messageOf({ lifted: broken, traced: unplanned, validation })).toMatch(
      /run 0 comes to it by function 9 > f2\./,
    );
    const circle = [traced({ index: 1, caller: 2 }, { index: 2, caller: 1 })];
    expect(await messageOf({ lifted: broken, traced: circle, validation })).toMatch(/run 0 comes to it by f1 > f2\./);
  });

  it("and so can the function that the program begins with, whatever runs there are", async () => {
    expect(await messageOf({ lifted: [lifted(0, "not_lifted"), lifted(1)] })).toMatch(
      /f0 \(0x00400000\), not lifted; where the program begins/,
    );
  });

  const obstacle = {
    address: "0x00400002",
    word: "46c20000",
    instruction: "add.ps $f0,$f0,$f2",
    reason: "paired single",
  };
  const trapping = [lifted(0), { ...lifted(1), obstacles: [obstacle] }];
  const throughBoth = [traced({ index: 0 }, { index: 1, caller: 0 })];

  it("no run comes to what could not be lifted: where one does, instruction, function and way are named", async () => {
    const compared = [comparedRun({ module: "unlifted", reason: "control came to f1", unlifted_at: "0x00400002" })];
    expect(await messageOf({ lifted: trapping, traced: throughBoth, compared }, [["tested", "tested"]])).toMatch(
      /^1 functions that runs need cannot run \(.*\): f1 \(0x00400001\), add\.ps \$f0,\$f0,\$f2 at 0x00400002: paired single; run 0 comes to it by f0 > f1\. All/,
    );
    const validation = { allow_gaps: true };
    const { gate } = await setUp(
      [["tested", "tested"]],
      {},
      { lifted: trapping, traced: throughBoth, compared, validation },
    );
    expect(await gate()).toMatchObject({ verdict: "passed", gaps: 1 });
  });

  it("of a function with an obstacle that no run reaches, no input need be conclusive", async () => {
    const functions = [tested(0, "tested"), { ...tested(1, "untested"), captured_states: 0, random_ends: 0 }];
    const only = [traced({ index: 0 })];
    const { gate } = await setUp([["tested", "untested"]], {}, { functions, lifted: trapping, traced: only });
    expect(await gate()).toMatchObject({ verdict: "passed", gaps: 0 });
    expect(await messageOf({ functions, lifted: trapping, traced: throughBoth })).toMatch(
      /had no input that a run was in/,
    );
    expect(await messageOf({ functions, lifted: [lifted(0), lifted(1)], traced: only })).toMatch(/had no input/);
  });

  it("unless the config allows gaps: then they are told, and the run is incomplete once it has succeeded", async () => {
    const validation = { allow_gaps: true, require: { captured: false } };
    const { run, gate } = await setUp([["tested"]], {}, { lifted: broken, traced: path, validation });
    expect(await gate()).toMatchObject({ verdict: "passed", gaps: 1 });
    const { validation: found } = await run.record();
    expect(found).toMatchObject({ verdict: "passed", figures: { gaps: 1 } });
    expect(found?.missing).toEqual([
      { function: "f2", address: "0x00400002", reason: "not lifted", run: 1, path: ["f0", "f1", "f2"] },
    ]);
  });

  it("several things at once: each is told, in sentences", async () => {
    const difference = { what: "standard output", expected: "3 bytes", found: "4 bytes" };
    const missing = [lifted(0, "not_lifted"), lifted(1, "not_lifted")];
    const message = await messageOf(
      {
        lifted: missing,
        traced: [traced({ index: 0 }, { index: 1, caller: 0 })],
        compared: [comparedRun({ module: "differs", difference })],
      },
      [["disproven"]],
    );
    expect(message).toMatch(
      /^1 of 1 functions disagree .*, found 0x2\. run 0 differs on .* found 4 bytes\. 2 functions that runs need .*; run 0 comes to it by f0; f1 .*; run 0 comes to it by f0 > f1\. All of them: artifact:/,
    );
  });

  it("names where every run begins as the way to itself", async () => {
    const validation = { allow_gaps: true, require: { captured: false, conclusive: "none" } };
    const { run, gate } = await setUp([["tested"]], {}, { lifted: [lifted(0, "not_lifted")], validation });
    await gate();
    expect((await run.record()).validation?.missing).toEqual([
      { function: "f0", address: ENTRY, reason: "not lifted", path: ["f0"] },
    ]);
  });

  it("refuses a key that it does not know", async () => {
    expect(await messageOf({ validation: { require: { covrage: 1 } } })).toMatch(/covrage/);
  });
});

describe("a state that waits for a person", () => {
  it("asks for an override of the failed gate, and the run is blocked", async () => {
    const { run, gate } = await setUp([["disproven"]], OVERRIDABLE);
    const { report } = await gate();
    expect(await run.attempt(override as unknown as Stage, { report })).toEqual({ report });
    const { gates, phase } = await run.record();
    expect(phase).toBe("blocked");
    expect(gates.get("validation")).toMatchObject({
      kind: "override",
      state: "open",
      stateId: state("override"),
      subject: report,
      evidence: report,
      reason: expect.stringMatching(/^1 of 1 functions disagree/),
    });
    await run.push(overridden("validation"));
    expect(await run.record()).toMatchObject({ phase: "executing" });
  });

  it("asks for approval of the bundle, once, however often it is called", async () => {
    const { run } = await setUp([]);
    const bundle = ref(9);
    expect(await run.attempt(approve as unknown as Stage, { bundle })).toEqual({ bundle });
    expect(await run.attempt(approve as unknown as Stage, { bundle }, { attempt: 1 })).toEqual({ bundle });
    expect((await run.names()).filter((name) => name === "recomp.gate.opened")).toHaveLength(1);
    expect(await run.record()).toMatchObject({ phase: "blocked" });
    expect((await run.record()).gates.get("publish")).toMatchObject({ kind: "manual", state: "open", subject: bundle });
  });

  it("says which task waits, where the state machine gave it a token", async () => {
    const { run } = await setUp([]);
    await run.attempt(approve as unknown as Stage, { bundle: ref(9) }, { task_token: "waiting-7" });
    const opened = (await run.events()).find(({ name }) => name === "recomp.gate.opened");
    expect(opened?.payload).toEqual({
      state_id: state("approve"),
      gate: "publish",
      kind: "manual",
      subject: ref(9),
      waiting_task: "waiting-7",
    });
    const without = await setUp([]);
    await without.run.attempt(approve as unknown as Stage, { bundle: ref(9) });
    const other = (await without.run.events()).find(({ name }) => name === "recomp.gate.opened");
    expect(other?.payload).not.toHaveProperty("waiting_task");
  });

  it("lets no other state begin meanwhile, and goes on when it is decided", async () => {
    const { run } = await setUp([]);
    await run.attempt(approve as unknown as Stage, { bundle: ref(9) });
    const begin = () => run.attempt({ ...(override as unknown as Stage), name: "publish" }, { report: ref(9) });
    await expect(begin()).rejects.toMatchObject({ name: "IllegalTransition" });
    await run.push(decided("publish", "approved"));
    expect((await run.record()).phase).toBe("executing");
  });
});
