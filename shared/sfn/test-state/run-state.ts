import {
  type ChoiceState,
  type CompiledState,
  type FailState,
  noChoiceMatched,
  type PassState,
  settled,
  type TaskState,
} from "../../asl/engine.ts";
import { StatesError } from "../../asl/index.ts";
import { StateFailure } from "./failure.ts";
import { inspectMap } from "./inspect-map.ts";
import { evaluate, isJsonPath, scopeOf, show, type Trial } from "./trial.ts";

export interface StateEnd {
  readonly output: unknown;
  readonly next: string | undefined;
  /** Variables that the state assigns. */
  readonly assigned: unknown;
}

/** Runs one state to its end. @throws StatesError where the state fails; what was seen until then stays shown. */
export async function runState(trial: Trial): Promise<StateEnd> {
  const { state } = trial;
  switch (state.type) {
    case "Fail":
      return await fail(trial, state);
    case "Choice":
      return await choose(trial, state);
    case "Succeed":
      return await complete(trial, await effectiveInput(trial));
    case "Wait": {
      const effective = await effectiveInput(trial);
      await settled((scope) => state.until(scope, Date.parse("2000-01-01T00:00:00Z")), scopeOf(trial, effective));
      return await complete(trial, effective);
    }
    case "Pass":
      return await complete(trial, await passResult(trial, state));
    case "Task":
      return await complete(trial, await taskResult(trial, state));
    case "Parallel":
      return await complete(trial, await trial.work(await parameters(trial)));
    case "Map":
      await inspectMap(trial, state, await effectiveInput(trial));
      return await complete(trial, await trial.work(trial.input));
  }
}

async function effectiveInput(trial: Trial): Promise<unknown> {
  const effective = await evaluate(trial.state.inputPath, trial, trial.input);
  if (isJsonPath(trial)) show(trial, "afterInputPath", effective);
  return effective;
}

async function parameters(trial: Trial): Promise<unknown> {
  const { state, input } = trial;
  return await evaluate(state.parameters, trial, await evaluate(state.inputPath, trial, input));
}

async function fail(trial: Trial, state: FailState): Promise<never> {
  if (isJsonPath(trial)) show(trial, "afterInputPath", trial.input);
  const [error, cause] = [
    state.error === undefined ? "" : await settled(state.error, scopeOf(trial, trial.input)),
    state.cause === undefined ? "" : await settled(state.cause, scopeOf(trial, trial.input)),
  ];
  throw new StateFailure(new StatesError(String(error), String(cause)));
}

async function choose(trial: Trial, state: ChoiceState): Promise<StateEnd> {
  const effective = await effectiveInput(trial);
  const index = await settled(state.choose, scopeOf(trial, effective));
  const rule = index === undefined ? { ...state, next: state.default } : state.rules[index];
  if (rule?.next === undefined) throw noChoiceMatched();
  const query = isJsonPath(trial) ? state.outputPath : rule.output;
  return {
    output: await evaluate(query, trial, effective),
    next: rule.next.name,
    assigned: rule.assign === undefined ? undefined : await settled(rule.assign, scopeOf(trial, effective)),
  };
}

async function passResult(trial: Trial, state: PassState): Promise<unknown> {
  if (!isJsonPath(trial)) return trial.input;
  if (state.result !== undefined) {
    show(trial, "result", state.result.value);
    return state.result.value;
  }
  const result = await evaluate(state.parameters, trial, await effectiveInput(trial));
  show(trial, "afterParameters", result);
  return result;
}

async function taskResult(trial: Trial, state: TaskState): Promise<unknown> {
  const effective = await evaluate(state.parameters, trial, await effectiveInput(trial));
  show(trial, isJsonPath(trial) ? "afterParameters" : "afterArguments", effective);
  const result = await trial.work(effective);
  show(trial, "result", result);
  return result;
}

/** Shapes a state's result into its output. */
async function complete(trial: Trial, result: unknown): Promise<StateEnd> {
  const { state, input } = trial;
  const next = state.next?.name;
  if (!isJsonPath(trial)) return await completeJsonata(trial, result, next);
  let output = await evaluate(state.resultSelector, trial, result);
  if (hasResult(state)) show(trial, "afterResultSelector", output);
  const assigned = state.assign === undefined ? undefined : await settled(state.assign, scopeOf(trial, output));
  if (state.resultPath !== undefined) output = state.resultPath(input, output);
  if (hasResult(state)) show(trial, "afterResultPath", output);
  return { output: await evaluate(state.outputPath, trial, output), next, assigned };
}

async function completeJsonata(trial: Trial, result: unknown, next: string | undefined): Promise<StateEnd> {
  const { state, input } = trial;
  const scope = scopeOf(trial, input, hasResult(state) && state.type !== "Pass" ? { result } : {});
  return {
    output: state.output === undefined ? result : await settled(state.output, scope),
    next,
    assigned: state.assign === undefined ? undefined : await settled(state.assign, scope),
  };
}

const statesWithResult: readonly CompiledState["type"][] = ["Task", "Map", "Parallel", "Pass"];

function hasResult({ type }: CompiledState): boolean {
  return statesWithResult.includes(type);
}
