import { describe, expect, it } from "vitest";
import type { TestRecord } from "../../shared/contracts/program.ts";
import { ValidationReport } from "../../shared/contracts/program.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { approve } from "../../shared/stages/approve.ts";
import { override } from "../../shared/stages/override.ts";
import { validationGate } from "../../shared/stages/validation-gate.ts";
import { decided, overridden, ref, started, state, through } from "../kernel/run/events.ts";
import { createTestRun } from "../kernel/support.ts";

const OVERRIDABLE = { gates: { overridable: ["validation"] } };
const BEGUN = [
  started(["intake", "plan", "validation_gate", "override", "approve", "publish"]),
  ...through("intake", "plan"),
];

const proof = (index: number, status: TestRecord["status"]): TestRecord => ({
  index,
  name: `f${index}`,
  address: `0x0040000${index}`,
  status,
  captured_states: 1,
  random_states: 2,
  inconclusive_states: 0,
  coverage: 1,
  ...(status === "disproven"
    ? { disagreement: { input: "seeded state 3", what: "register v0", expected: "0x1", found: "0x2" } }
    : {}),
});

/** Shards with functions of these fates, and the gate before them. */
async function setUp(shards: TestRecord["status"][][], config: object = {}) {
  const run = await createTestRun({ begun: BEGUN, config });
  let index = 0;
  const parts = await Promise.all(
    shards.map(async (statuses, shard) => {
      const functions = statuses.map((status) => proof(index++, status));
      const report = await putDocument(run.stores.artifacts, "output", { schema_version: 1, functions });
      return { shard, report, proven: 0, disproven: 0, unproven: 0 };
    }),
  );
  const gate = (order = parts) =>
    run.attempt(validationGate as unknown as Stage, { shards: order }) as Promise<{ verdict: string; report: string }>;
  return { run, parts, gate };
}

describe("the validation gate", () => {
  it("lets pass what nothing disproves, and joins the proofs in one report", async () => {
    const { run, gate, parts } = await setUp([["proven", "unproven"], ["proven"]]);
    const output = await gate(parts.toReversed());
    expect(output).toMatchObject({ verdict: "passed", proven: 2, disproven: 0, unproven: 1 });
    const report = ValidationReport.parse(await run.document(output.report));
    expect(report).toMatchObject({ verdict: "passed", proven: 2, disproven: 0, unproven: 1 });
    expect(report.functions.map(({ index }) => index)).toEqual([0, 1, 2]);
    const { roles, gates } = await run.record();
    expect(roles.get("validation")).toBe(output.report);
    expect(gates.size).toBe(0);
    expect(await run.names()).toContain("recomp.run.validation.completed");
  });

  it("counts the proofs itself, whatever the shards say", async () => {
    const { gate } = await setUp([["proven", "disproven"]], OVERRIDABLE);
    expect(await gate()).toMatchObject({ verdict: "failed", proven: 1, disproven: 1 });
  });

  it("fails the run on one function that disagrees, and quotes where", async () => {
    const { run, gate } = await setUp([["proven"], ["disproven"]]);
    await expect(gate()).rejects.toMatchObject({
      name: "HardGateFailed",
      message: expect.stringMatching(
        /^1 of 2 functions disagree with the oracle: f1 \(0x00400001\), seeded state 3: register v0: expected 0x1, found 0x2\. All of them: artifact:/,
      ),
    });
    expect((await run.record()).gates.get("validation")).toMatchObject({ kind: "hard", state: "failed" });
    expect(await run.names()).not.toContain("state_completed");
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
    expect(error.message).toMatch(/^5 of 5/);
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
