import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type StateMachineDefinition, validateDefinition } from "../../shared/asl/index.ts";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import * as kernel from "../../shared/kernel/errors.ts";
import * as io from "../../shared/kernel/io/errors.ts";
import { STAGE_NAMES } from "../../shared/stages/declarations.ts";
import * as stores from "../../shared/stores/errors.ts";
import { lifecycle, pathsOf, type State, stageCalledBy, stageNamed, tasks, text } from "./machine.ts";
import { walk } from "./walk.ts";

/** CommonJS without types. */
const validate = createRequire(import.meta.url)("asl-validator") as (
  definition: unknown,
  options?: { checkPaths?: boolean; checkArn?: boolean },
) => { isValid: boolean; errorsText(separator?: string): string };

const WAITING = "arn:aws:states:::lambda:invoke.waitForTaskToken";
const bothGates = RunConfig.parse({ gates: { manual: ["publish"], overridable: ["validation"] } });
const noGates = RunConfig.parse({});

describe("the run lifecycle", () => {
  it("is a valid definition once its placeholders are filled in", () => {
    const result = validate(lifecycle, { checkPaths: true, checkArn: true });
    expect(result.errorsText("\n")).toBe("");
    expect(result.isValid).toBe(true);
    expect(validateDefinition(lifecycle as unknown as StateMachineDefinition)).toEqual([]);
  });

  it("goes through the stages of the house plan in order", () => {
    const longest = pathsOf(lifecycle).reduce((a, b) => (b.length > a.length ? b : a));
    expect(longest).toEqual([
      "Accept",
      "Intake",
      "Plan",
      "Lift",
      "Link",
      "Validate",
      "CompareRuns",
      "ValidationGate",
      "ValidationVerdict",
      "Override",
      "Package",
      "VerifyArtifacts",
      "ApprovalNeeded",
      "Approve",
      "PublicationPlanned",
      "Publish",
      "Attest",
      "Complete",
      "Succeeded",
    ]);
  });

  it("calls one function for each stage, by a placeholder", () => {
    const placeholders = [...text.matchAll(/"\$\{(\w+)FunctionArn\}"/g)].map((match) => match[1]!);
    expect(placeholders.map(stageNamed).sort()).toEqual([...STAGE_NAMES].sort());
    expect(tasks.map(([, state]) => stageCalledBy(state)).sort()).toEqual([...STAGE_NAMES].sort());
  });

  it.each(tasks.map(([name, state]) => [name, state] as const))(
    "calls a function in %s, and waits for a person only there",
    (name, state) => {
      const isWaiting = name === "Approve" || name === "Override";
      expect(state.Resource).toMatch(isWaiting ? WAITING : /^arn:aws:lambda:/);
      // A person takes the time it takes.
      expect(state.TimeoutSeconds).toBe(isWaiting ? undefined : 900);
    },
  );

  it("hands the token of a task that waits to its handler, and to no other", () => {
    for (const [, state] of tasks) {
      expect(JSON.stringify(state).includes("$$.Task.Token")).toBe(state.Resource === WAITING);
    }
  });
});

describe("a Task's retries", () => {
  it.each(tasks)("of %s are bounded and capped, and never of everything", (_name, state) => {
    expect(state.Retry).toEqual([
      {
        ErrorEquals: tasks[0]![1].Retry![0]!.ErrorEquals,
        IntervalSeconds: 2,
        BackoffRate: 2,
        MaxDelaySeconds: 60,
        MaxAttempts: RunConfig.parse({}).retry_policy.max_attempts - 1,
        JitterStrategy: "FULL",
      },
    ]);
  });

  const retried = new Set(tasks[0]![1].Retry![0]!.ErrorEquals);
  const cause = new Error();
  const errors: { readonly name: string; readonly retryable: boolean }[] = [
    new kernel.TransientIo(""),
    new kernel.ContractInputMissing(""),
    new kernel.HardGateFailed("intake", ""),
    new kernel.ValidationFailed(""),
    new kernel.IllegalTransition(""),
    new kernel.RetryBudgetExhausted("m.a.b", 6, kernel.toErrorInfo(cause)),
    new kernel.GateRefusal(""),
    new kernel.GateRejected("publish", "alice", ""),
    new io.MissingFact("", ""),
    new io.MissingFactRetryable("", ""),
    new io.MissingFactKey(""),
    new io.FactMismatch("", 0, { pointer: "", recorded: "", asked: "" }),
    new io.FactKeyReused("", ""),
    new io.NamespaceUnknown("", []),
    new io.TransportFailed(""),
    new io.TransportRefused(""),
    new io.RateLimited(""),
    new io.CircuitOpen("", 1),
    new io.ProgramNotAllowed("", []),
    new io.ProgramUnusable(""),
    new io.ExecTimedOut("", 1),
    new io.ExecOutputTooLarge("", 1),
    new io.HostNotAllowed("", "", []),
    new io.ResponseTooLarge("", 1),
    new stores.NotFoundError("", ""),
    new stores.CorruptionError("", { where: "", expected: "", found: "", remedy: "" }),
    new stores.ConflictError("", [], "", ""),
    new stores.LeaseLostError("", 1),
    new stores.NoSpaceError("", "", cause),
    new stores.IoError("", "", "", cause),
    new stores.InvalidInputError("", "", ""),
  ];
  it.each(errors.map((error) => [error.name, error.retryable] as const))(
    "of %s: as its class says (%s)",
    (name, retryable) => {
      expect(retried.has(name)).toBe(retryable);
    },
  );

  it("happen, until the attempt that succeeds", async () => {
    const failing = { stage: "link", error: "TransientIo", times: 5 } as const;
    const { calls, result } = await walk({ config: noGates, failing });
    expect(calls.filter(({ stage }) => stage === "link").map(({ attempt }) => attempt)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(result.status).toBe("SUCCEEDED");
  });

  it("end after the sixth attempt, in the failure branch", async () => {
    const { calls, result } = await walk({ config: noGates, failing: { stage: "link", error: "TransientIo" } });
    expect(calls.filter(({ stage }) => stage === "link")).toHaveLength(6);
    expect(calls.at(-1)?.stage).toBe("record_failure");
    expect(result).toMatchObject({ status: "FAILED", error: "TransientIo" });
  });

  it("of one shard leave the others alone", async () => {
    const failing = { stage: "lift", error: "IoError", times: 1 } as const;
    const { calls } = await walk({ config: noGates, failing });
    const lifts = calls.filter(({ stage }) => stage === "lift").map(({ shard, attempt }) => `${shard}:${attempt}`);
    expect(lifts.sort()).toEqual(["0:0", "0:1", "1:0"]);
  });

  it("do not happen for an exhausted budget or a failed gate", async () => {
    for (const error of ["RetryBudgetExhausted", "HardGateFailed", "MissingFact"]) {
      const { calls } = await walk({ config: noGates, failing: { stage: "link", error } });
      expect(calls.filter(({ stage }) => stage === "link")).toHaveLength(1);
    }
  });
});

describe("a failure", () => {
  const failing = Object.entries(lifecycle.States).filter(([, state]) => ["Task", "Map"].includes(state.Type));
  it.each(failing)("of %s leads to the failure branch, whatever it is", (name, state: State) => {
    const target = name === "RecordFailure" ? "Failed" : "RecordFailure";
    expect(state.Catch).toEqual([expect.objectContaining({ ErrorEquals: ["States.ALL"], Next: target })]);
  });

  const stages = STAGE_NAMES.filter((stage) => stage !== "record_failure");
  it.each(stages)("of %s is recorded, and nothing behind it is called", async (stage) => {
    const { stages: called, result } = await walk({
      config: bothGates,
      verdict: "failed",
      failing: { stage, error: "HardGateFailed" },
    });
    expect(called.slice(-2)).toEqual([stage, "record_failure"]);
    expect(result).toMatchObject({ status: "FAILED", error: "HardGateFailed" });
    expect(JSON.parse(result.cause ?? "{}")).toMatchObject({ errorMessage: "as told" });
  });

  it("to record one does not hide the first", async () => {
    const { result, calls } = await walk({
      config: noGates,
      verdict: "odd",
      failing: { stage: "record_failure", error: "IllegalTransition" },
    });
    expect(calls.at(-1)?.stage).toBe("record_failure");
    expect(result).toMatchObject({ status: "FAILED", error: "HardGateFailed" });
  });

  const rejected: [string, string, string][] = [
    ["override", "failed", "override"],
    ["approve", "passed", "approve"],
  ];
  it.each(rejected)("is what a person's no at %s is", async (_name, verdict, stage) => {
    const { stages: called, result } = await walk({ config: bothGates, verdict, answer: "no" });
    expect(called.slice(-2)).toEqual([stage, "record_failure"]);
    expect(result).toMatchObject({ status: "FAILED", error: "GateRejected", cause: "not yet" });
  });
});

describe("the validation verdict", () => {
  const verdicts: [string, config: RunConfig, behind: string, error: string | undefined][] = [
    ["passed", noGates, "package", undefined],
    ["passed", bothGates, "package", undefined],
    ["failed", bothGates, "override", undefined],
    ["failed", noGates, "record_failure", "HardGateFailed"],
    ["odd", noGates, "record_failure", "HardGateFailed"],
    ["odd", bothGates, "record_failure", "HardGateFailed"],
    ["", bothGates, "record_failure", "HardGateFailed"],
  ];
  it.each(verdicts)("%s leads on, or fails closed", async (verdict, config, behind, error) => {
    const { stages, result } = await walk({ config, verdict });
    expect(stages[stages.indexOf("validation_gate") + 1]).toBe(behind);
    expect(result.error).toBe(error);
    if (error !== undefined)
      expect(result.cause).toBe(`gate validation: expected the verdict passed, found ${verdict}`);
  });
});
