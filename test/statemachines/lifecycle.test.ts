import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { StageName } from "../../shared/contracts/stages.ts";

/** CommonJS without types. */
const validate = createRequire(import.meta.url)("asl-validator") as (
  definition: unknown,
  options?: { checkPaths?: boolean; checkArn?: boolean },
) => { isValid: boolean; errorsText(separator?: string): string };

interface State {
  Type: string;
  Resource?: string;
  Next?: string;
  End?: boolean;
  Retry?: { ErrorEquals: string[]; MaxAttempts: number; MaxDelaySeconds: number }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  ItemProcessor?: { StartAt: string; States: Record<string, State> };
}
const text = readFileSync(new URL("../../statemachines/run-lifecycle.asl.json", import.meta.url), "utf8");
const filled = text.replaceAll(/\$\{(\w+)\}/g, (_, name) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`);
const definition = JSON.parse(filled) as { StartAt: string; States: Record<string, State> };

/** Every Task, those inside Maps included. */
const tasks = Object.entries(definition.States).flatMap(([name, state]): [string, State][] =>
  state.ItemProcessor ? Object.entries(state.ItemProcessor.States) : state.Type === "Task" ? [[name, state]] : [],
);

describe("the run lifecycle", () => {
  it("is a valid definition once its placeholders are filled in", () => {
    const result = validate(definition, { checkPaths: true, checkArn: true });
    expect(result.errorsText("\n")).toBe("");
    expect(result.isValid).toBe(true);
  });

  it("goes through the stages of the house plan in order", () => {
    const order: string[] = [];
    for (let name: string | undefined = definition.StartAt; name !== undefined; name = definition.States[name]?.Next) {
      order.push(name);
    }
    expect(order).toEqual([
      "Accept",
      "Intake",
      "Plan",
      "Lift",
      "Link",
      "Validate",
      "ValidationGate",
      "Package",
      "VerifyArtifacts",
      "Publish",
      "Complete",
      "Succeeded",
    ]);
  });

  it("calls one function for each stage, by a placeholder", () => {
    const placeholders = [...text.matchAll(/"\$\{(\w+)FunctionArn\}"/g)].map((match) => match[1]!);
    const stages = placeholders.map((name) => name.replace(/\B[A-Z]/g, "_$&").toLowerCase());
    expect(stages.sort()).toEqual([...StageName.options].sort());
    expect(tasks.every(([, state]) => state.Resource?.startsWith("arn:aws:lambda:"))).toBe(true);
  });

  it.each(tasks)("retries the transient errors of %s, bounded and capped", (_name, state) => {
    const retry = state.Retry?.[0];
    expect(retry?.ErrorEquals).toContain("TransientIo");
    expect(retry?.ErrorEquals).not.toContain("States.ALL");
    expect(retry?.MaxAttempts).toBeGreaterThan(0);
    expect(retry?.MaxDelaySeconds).toBe(60);
  });

  const failing = Object.entries(definition.States).filter(([, state]) => ["Task", "Map"].includes(state.Type));
  it.each(failing)("leads every failure of %s to the failure branch", (name, state) => {
    const target = name === "RecordFailure" ? "Failed" : "RecordFailure";
    expect(state.Catch).toEqual([expect.objectContaining({ ErrorEquals: ["States.ALL"], Next: target })]);
  });
});
