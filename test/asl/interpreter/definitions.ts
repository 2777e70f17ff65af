import fc from "fast-check";
import type { StateMachineDefinition, TaskRequest, TaskResolver } from "../../../shared/asl/index.ts";

/** A step of a workflow before it has a name and a place. */
type Step =
  | { readonly kind: "pass"; readonly add: number }
  | { readonly kind: "task"; readonly retries: number; readonly isCaught: boolean }
  | { readonly kind: "wait"; readonly seconds: number }
  | { readonly kind: "choice"; readonly below: number; readonly inner: readonly Step[] }
  | { readonly kind: "assign"; readonly value: number }
  | { readonly kind: "parallel"; readonly branches: readonly (readonly Step[])[]; readonly isCaught: boolean }
  | {
      readonly kind: "map";
      readonly items: number;
      readonly concurrency: number;
      readonly body: readonly Step[];
      readonly retries: number;
    }
  | { readonly kind: "run"; readonly items: number; readonly body: readonly Step[] }
  | { readonly kind: "fail" };

const { steps } = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { minLength: 1, maxLength: 4, depthIdentifier: "step" }),
  step: fc.oneof(
    { depthIdentifier: "step", maxDepth: 2, withCrossShrink: true },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), add: fc.nat(9) }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("task" as const), retries: fc.nat(2), isCaught: fc.boolean() }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds: fc.nat(100) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("assign" as const), value: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant({ kind: "fail" as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("choice" as const), below: fc.nat(30), inner: tie("steps") }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("parallel" as const),
        branches: fc.array(tie("steps"), { minLength: 1, maxLength: 3 }),
        isCaught: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("map" as const),
        items: fc.nat(4),
        concurrency: fc.nat(2),
        body: tie("steps"),
        retries: fc.nat(1),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("run" as const), items: fc.nat(3), body: tie("steps") }),
    },
  ),
}));

type States = Record<string, unknown>;

/** Definitions that end: no state leads back. All states keep a number in `$.n`. */
export const definitions: fc.Arbitrary<StateMachineDefinition> = steps.map((steps) => {
  let count = 0;
  const name = (kind: string) => `${kind}${++count}`;
  return workflow(steps, name) as unknown as StateMachineDefinition;
});

function workflow(steps: readonly Step[], name: (kind: string) => string): { StartAt: string; States: States } {
  const states: States = {};
  const StartAt = chain(steps, undefined, { states, variable: name("variable") }, name);
  return { StartAt, States: states };
}

/** The states between which steps lead. No other scope may assign the variable's name. */
interface Scope {
  readonly states: States;
  readonly variable: string;
}

/** Adds the states of steps in a row, which lead to `next` or end. Answers with the name of the first. */
function chain(steps: readonly Step[], next: string | undefined, scope: Scope, name: (kind: string) => string): string {
  const end = steps.findIndex(({ kind }) => kind === "fail");
  const reached = end === -1 ? steps : steps.slice(0, end + 1);
  return [...reached].reverse().reduce<string | undefined>((to, step) => place(step, to, scope, name), next)!;
}

function place(step: Step, next: string | undefined, scope: Scope, name: (kind: string) => string): string {
  const { states, variable } = scope;
  const own = name(step.kind);
  const to = next === undefined ? { End: true } : { Next: next };
  const caught = (isCaught: boolean): object => {
    if (!isCaught) return {};
    const handler = `${own}Caught`;
    states[handler] = { Type: "Pass", Result: { n: 1 }, ...to };
    return { Catch: [{ ErrorEquals: ["Oops"], Next: handler }] };
  };
  const retried = (retries: number) =>
    retries === 0 ? {} : { Retry: [{ ErrorEquals: ["Oops"], MaxAttempts: retries, IntervalSeconds: 2 }] };
  switch (step.kind) {
    case "pass":
      states[own] = { Type: "Pass", Parameters: { "n.$": `States.MathAdd($.n, ${step.add})` }, ...to };
      break;
    case "assign":
      states[own] = { Type: "Pass", Assign: { [`${variable}.$`]: "$.n", [`${variable}Fixed`]: step.value }, ...to };
      break;
    case "task":
      states[own] = { Type: "Task", Resource: "work", ...retried(step.retries), ...caught(step.isCaught), ...to };
      break;
    case "wait":
      states[own] = { Type: "Wait", Seconds: step.seconds, ...to };
      break;
    case "fail":
      states[own] = { Type: "Fail", Error: "Oops", Cause: "as it happens" };
      break;
    case "choice": {
      const end = next ?? name("end");
      if (next === undefined) states[end] = { Type: "Succeed" };
      const then = chain(step.inner, end, scope, name);
      states[own] = {
        Type: "Choice",
        Choices: [{ Variable: "$.n", NumericLessThan: step.below, Next: then }],
        Default: end,
      };
      break;
    }
    case "parallel":
      states[own] = {
        Type: "Parallel",
        Branches: step.branches.map((branch) => workflow(branch, name)),
        ResultSelector: { "n.$": "States.ArrayLength($)", "all.$": "$" },
        ...caught(step.isCaught),
        ...to,
      };
      break;
    case "map":
    case "run": {
      const isRun = step.kind === "run";
      states[own] = {
        Type: "Map",
        ItemsPath: `$.items${step.items}`,
        ItemSelector: { "n.$": "$$.Map.Item.Value" },
        ...(isRun ? { MaxConcurrency: 2 } : { MaxConcurrency: step.concurrency, ...retried(step.retries) }),
        ItemProcessor: {
          ProcessorConfig: isRun ? { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } : { Mode: "INLINE" },
          ...workflow(step.body, name),
        },
        ResultSelector: { "n.$": "States.ArrayLength($)", "all.$": "$" },
        ...to,
      };
      const before = name("items");
      const Parameters = { "n.$": "$.n", [`items${step.items}`]: Array.from({ length: step.items }, (_, n) => n) };
      states[before] = { Type: "Pass", Parameters, Next: own };
      return before;
    }
  }
  return own;
}

/** Does the work of the tasks of {@link definitions}: whether it fails depends on the state, its input and the try. */
export function worker(seed: number, onRun: (request: TaskRequest) => void = () => {}): TaskResolver {
  return {
    run(request) {
      onRun(request);
      const { n } = request.input as { n: number };
      const dice = hash(`${seed} ${request.stateName} ${n} ${request.retryCount}`);
      const settle = () => {
        if (dice % 3 === 0) throw Object.assign(new Error(), { error: "Oops", cause: "as it happens" });
        return { n: n + (dice % 7) };
      };
      return dice % 2 === 0 ? Promise.resolve().then(settle) : settle();
    },
  };
}

function hash(text: string): number {
  let sum = 7;
  for (const character of text) sum = (Math.imul(sum, 31) + character.charCodeAt(0)) >>> 0;
  return sum >>> 3;
}
