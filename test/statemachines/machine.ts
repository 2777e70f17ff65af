import { readFileSync } from "node:fs";

/** A state as far as tests look at it. */
export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly {
    readonly ErrorEquals: string[];
    readonly MaxAttempts: number;
    readonly MaxDelaySeconds: number;
  }[];
  readonly Catch?: readonly { readonly ErrorEquals: string[]; readonly Next: string }[];
  readonly ItemProcessor?: { readonly StartAt: string; readonly States: Readonly<Record<string, State>> };
}

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export const text = readFileSync(new URL("../../statemachines/run-lifecycle.asl.json", import.meta.url), "utf8");
/** The lifecycle, with an ARN for each placeholder. */
export const lifecycle = JSON.parse(
  text.replaceAll(/\$\{(\w+)FunctionArn\}/g, "arn:aws:lambda:us-east-1:123456789012:function:$1"),
) as Machine;

/** `ValidationGate` -> `validation_gate`. */
export function stageNamed(name: string): string {
  return name.replace(/\B[A-Z]/g, "_$&").toLowerCase();
}

/** The stage whose handler a Task calls, itself or by `lambda:invoke`. */
export function stageCalledBy(state: State): string | undefined {
  const arn = [state.Resource, state.Parameters?.FunctionName].find((each) => each?.startsWith("arn:aws:lambda:"));
  return arn === undefined ? undefined : stageNamed(arn.slice(arn.lastIndexOf(":") + 1));
}

type NamedTask = readonly [name: string, state: State, isInMap: boolean];

/** Every Task, those inside Maps included. */
export const tasks: readonly NamedTask[] = Object.entries(lifecycle.States).flatMap(([name, state]): NamedTask[] => {
  if (state.ItemProcessor !== undefined) {
    return Object.entries(state.ItemProcessor.States).map(([inner, task]) => [inner, task, true]);
  }
  return state.Type === "Task" ? [[name, state, false]] : [];
});

/** Every way from the start to an end that no Catch is on, as the names of the states passed. */
export function pathsOf(machine: Machine): string[][] {
  const walk = (name: string, before: readonly string[]): string[][] => {
    const state = machine.States[name];
    if (state === undefined) throw new Error(`no state ${name}`);
    const path = [...before, name];
    const next = [...(state.Choices ?? []).map((choice) => choice.Next), state.Next, state.Default];
    const targets = [...new Set(next.filter((target) => target !== undefined))];
    return targets.length === 0 ? [path] : targets.flatMap((target) => walk(target, path));
  };
  return walk(machine.StartAt, []);
}

/** The stages that the states of a path call. */
export function stagesOn(path: readonly string[]): string[] {
  return path.flatMap((name) => {
    const state = lifecycle.States[name]!;
    const task = state.ItemProcessor === undefined ? state : Object.values(state.ItemProcessor.States)[0]!;
    return stageCalledBy(task) ?? [];
  });
}
