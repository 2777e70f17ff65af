import { describe, expect, it } from "vitest";
import { formatSummary } from "../../scripts/cli/format.ts";
import { Progress } from "../../scripts/cli/progress.ts";
import { compileStateMachine, functionsResolver, Interpreter } from "../../shared/asl/index.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { summarize } from "../../shared/runs/summary.ts";
import { timesOf } from "../runs/times.ts";
import { state } from "./run/events.ts";
import { addOne, createTestRun, runId } from "./support.ts";

const soft = { gate: { kind: "soft", name: "coverage" } } as const;

/** A stage whose soft gate fails where fewer than two were counted. */
const counting = (): Stage =>
  addOne(
    async ({ artifacts, gateFailed }, { n }) => {
      const evidence = await artifacts.put("output", Buffer.from(`counted ${n}`));
      if (n < 2) gateFailed(`expected at least 2, counted ${n}`, evidence);
    },
    { name: "link", meta: soft },
  );
const closing = (): Stage =>
  addOne(undefined, { name: "publish", closesRun: () => ({ status: "completed" }), meta: { closesRun: true } });

/** The two stages one after the other, as a state machine calls them. */
async function runThrough(n: number) {
  const run = await createTestRun();
  const machine = compileStateMachine({
    StartAt: "Count",
    States: {
      Count: {
        Type: "Task",
        Resource: "arn:aws:lambda:us-east-1:123456789012:function:Count",
        ResultPath: null,
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "Stop" }],
        Next: "Close",
      },
      Close: { Type: "Task", Resource: "arn:aws:lambda:us-east-1:123456789012:function:Close", End: true },
      Stop: { Type: "Fail" },
    },
  });
  const resolver = functionsResolver({
    Count: (input) => run.attempt(counting(), input),
    Close: (input) => run.attempt(closing(), input),
  });
  const result = await new Interpreter({ resolver }).run(machine, { n });
  return { run, result, record: await run.record() };
}

describe("a soft gate", () => {
  it("that fails is on record with its evidence, and the run goes on to its end", async () => {
    const { run, result, record } = await runThrough(1);
    expect(result.status).toBe("SUCCEEDED");
    expect(record.phase).toBe("succeeded");
    expect(record.steps.get(state("link"))?.state).toBe("succeeded");
    const gate = record.gates.get("coverage");
    expect(gate).toMatchObject({ kind: "soft", state: "failed", reason: "expected at least 2, counted 1" });
    expect(Buffer.from(await run.stores.artifacts.get(gate!.evidence!)).toString()).toBe("counted 1");
  });

  it("that fails is shown in the summary and while the run works", async () => {
    const { run, record } = await runThrough(1);
    const summary = summarize({ run_id: runId } as Submission, record, timesOf(await run.events()));
    expect(summary).toMatchObject({ state: "succeeded", hard_gate_failures: [], soft_gate_failures: ["coverage"] });
    expect(formatSummary(summary)).toContain("Soft gates failed: coverage");
    const progress = new Progress();
    for (const event of await run.events()) progress.take(event);
    expect(progress.line("link")).toContain("soft gate coverage failed: expected at least 2, counted 1");
  });

  it("that holds leaves no word", async () => {
    const { record } = await runThrough(2);
    expect(record).toMatchObject({ phase: "succeeded" });
    expect(record.gates.size).toBe(0);
  });

  it("is recorded with the end of its attempt: one that fails behind it says nothing of the gate", async () => {
    const run = await createTestRun();
    const stage = addOne(
      async ({ artifacts, gateFailed }) => {
        gateFailed("too few", await artifacts.put("output", Buffer.from("one")));
        throw new Error("the stage itself");
      },
      { meta: soft },
    );
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow("the stage itself");
    expect((await run.record()).gates.size).toBe(0);
  });

  it.each([
    ["none", {}],
    ["hard", { gate: { name: "validation", kind: "hard" } }],
  ] as const)("has to be declared: found %s", async (found, meta) => {
    const run = await createTestRun();
    const stage = addOne(
      async ({ artifacts, gateFailed }) => gateFailed("too few", await artifacts.put("output", Buffer.from("one"))),
      { meta },
    );
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow(
      `stage link: expected a soft gate in its declaration, found ${found};`,
    );
  });
});
