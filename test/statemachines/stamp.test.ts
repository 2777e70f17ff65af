import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { handlerPath, stageFiles } from "../../scripts/stamp/stage-files.ts";
import { allStages, type Flow } from "../../shared/kernel/flow.ts";
import { definitionDifferences, type FlowDefinition, stampDefinition } from "../../shared/kernel/flow-definition.ts";
import { STAGE_NAMES } from "../../shared/stages/declarations.ts";
import { FLOWS, RECOMPILE } from "../../shared/stages/flows.ts";

function definitionOf({ stateMachine }: Flow): FlowDefinition {
  const path = new URL(`../../statemachines/${stateMachine}.asl.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8"));
}

type Path = readonly (string | number)[];

/** Every list of error names in a definition, by its path. */
function errorLists(value: unknown, path: Path = []): { readonly path: Path; readonly names: readonly string[] }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "ErrorEquals" ? [{ path: [...path, key], names: each }] : errorLists(each, [...path, key]),
  );
}

/** A copy in which the value at a path is another, or gone. */
function changed<T>(value: T, [key, ...rest]: Path, change: (at: unknown) => unknown): T {
  const copy = structuredClone(value) as Record<string | number, unknown>;
  const at = rest.length === 0 ? change(copy[key!]) : changed(copy[key!], rest, change);
  if (at === undefined) delete copy[key!];
  else copy[key!] = at;
  return copy as T;
}

const definition = definitionOf(RECOMPILE);
const lists = errorLists(definition);

describe("statemachines/", () => {
  it.each(FLOWS.map((flow) => [flow.name, flow] as const))(
    "has the definition of %s as its stages say",
    (_name, flow) => {
      expect(definitionDifferences(definitionOf(flow), flow)).toEqual([]);
    },
  );

  it("shows every error that is taken out of any list", () => {
    // A Retry each, and a Catch at it or at the Map around it.
    expect(lists.length).toBe(2 * allStages(RECOMPILE).length);
    const cases = lists.flatMap(({ path, names }) => names.map((name) => ({ path, name })));
    expect(cases.length).toBeGreaterThan(150);
    for (const { path, name } of cases) {
      const without = changed(definition, path, (names) => (names as string[]).filter((each) => each !== name));
      expect(definitionDifferences(without, RECOMPILE), `${path.join(".")} without ${name}`).not.toEqual([]);
    }
  });

  it("shows an error that is added to any list", () => {
    for (const { path } of lists) {
      const more = changed(definition, path, (names) => [...(names as string[]), "HardGateFailed"]);
      expect(definitionDifferences(more, RECOMPILE)).toHaveLength(1);
    }
  });

  it("shows a Retry, a Catch or a call that is gone or other", () => {
    for (const { path } of lists) {
      const block = path.slice(0, -2);
      expect(
        definitionDifferences(
          changed(definition, block, () => undefined),
          RECOMPILE,
        ),
      ).not.toEqual([]);
      expect(
        definitionDifferences(
          changed(definition, block, () => []),
          RECOMPILE,
        ),
      ).not.toEqual([]);
    }
    const other = changed(definition, ["States", "Plan", "Parameters", "flow"], () => "other");
    expect(definitionDifferences(other, RECOMPILE)).toEqual([
      'run-lifecycle.States.Plan.Parameters.flow: expected "recompile", found "other"',
    ]);
  });
});

describe("stamping a definition", () => {
  const withRetry = (retry: Flow["stages"][number]["meta"]["retry"]): Flow => ({
    ...RECOMPILE,
    stages: RECOMPILE.stages.map((stage) =>
      stage.name === "link" ? { ...stage, meta: { ...stage.meta, retry } } : stage,
    ),
  });

  it("writes what a stage declares: classes, attempts, a fixed or a growing delay", () => {
    const fixed = withRetry({ classes: ["transient_io"], maxAttempts: 3, backoff: { kind: "fixed", delay_ms: 5_000 } });
    const [retry] = stampDefinition(definition, fixed).States.Link!.Retry as object[];
    expect(retry).toEqual({
      ErrorEquals: lists[0]?.names,
      IntervalSeconds: 5,
      BackoffRate: 1,
      MaxAttempts: 2,
      JitterStrategy: "NONE",
    });
    expect(definitionDifferences(definition, fixed)).not.toEqual([]);
  });

  const never: [string, Partial<Flow["stages"][number]["meta"]["retry"]>][] = [
    ["no class of errors is", { classes: [] }],
    ["one attempt is all there", { maxAttempts: 1 }],
  ];
  it.each(never)("writes no retry where %s", (_name, retry) => {
    const { meta } = RECOMPILE.stages[0]!;
    expect(stampDefinition(definition, withRetry({ ...meta.retry, ...retry })).States.Link!.Retry).toEqual([]);
  });

  it("leaves alone what it has stamped, and the order of the states", () => {
    const again = stampDefinition(definition, RECOMPILE);
    expect(again).toEqual(definition);
    expect(Object.keys(again.States)).toEqual(Object.keys(definition.States));
  });

  it("refuses a definition without a stage of the flow, and one with a stage of another", () => {
    const { Link: _link, ...others } = definition.States;
    expect(() => stampDefinition({ ...definition, States: others }, RECOMPILE)).toThrow(
      "run-lifecycle: expected a Task that calls link, found none",
    );
    const fewer = { ...RECOMPILE, stages: RECOMPILE.stages.filter(({ name }) => name !== "link") };
    expect(() => stampDefinition(definition, fewer)).toThrow(
      /run-lifecycle, state Link: expected the function of a stage of flow recompile, found \$\{LinkFunctionArn\}/,
    );
  });
});

describe("what follows from the stages' names", () => {
  it.each([...stageFiles(STAGE_NAMES)])("is there: %s", (path, text) => {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).toBe(text);
  });

  it("is a handler each, and the table of all", () => {
    const files = stageFiles(["lift", "validation_gate", "package"]);
    expect([...files.keys()]).toEqual([
      "shared/stages/implementations.ts",
      "functions/lift/handler.ts",
      "functions/validation-gate/handler.ts",
      "functions/package/handler.ts",
    ]);
    expect(files.get(handlerPath("validation_gate"))).toContain(
      'import { validationGate } from "../../shared/stages/validation-gate.ts";',
    );
    // A reserved word cannot name a variable.
    expect(files.get(handlerPath("package"))).toContain("export const handler = defineHandler(packageStage);");
    expect(files.get("shared/stages/implementations.ts")).toContain(
      "  lift,\n  validation_gate: validationGate,\n  package: packageStage,\n",
    );
  });
});
