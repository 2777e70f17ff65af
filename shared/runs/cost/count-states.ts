import type { MapMode } from "../../kernel/map-mode.ts";

/** What Step Functions counts of an execution in which nothing is tried again. */
export interface Counted {
  /** States entered, in children too: what is paid for. */
  readonly transitions: number;
  /** Events in the execution's own history, of which it may have 25,000. */
  readonly events: number;
  /** Calls of functions, by the names of their placeholders. */
  readonly calls: ReadonlyMap<string, number>;
  /** Executions that Distributed Maps start. */
  readonly children: number;
}

/** What decides which way an execution goes, and how far it is split. */
export interface Course {
  readonly maps: MapMode;
  readonly shards: number;
  /** What choices look at, by their paths: `$.intake.route.publish`. What is not there is false. */
  readonly facts: Readonly<Record<string, string | boolean>>;
}

interface Condition {
  readonly Variable?: string;
  readonly StringEquals?: string;
  readonly BooleanEquals?: boolean;
  readonly And?: readonly Condition[];
}

interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName?: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly (Condition & { readonly Next: string })[];
  readonly ItemProcessor?: States;
}

interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** An execution's beginning and end. */
const ENDS = 2;
/** A state's entry and exit; Succeed and Fail have an entry alone, and Succeed an exit. */
const ENTRY_AND_EXIT = 2;
/** Scheduled, started, succeeded; and submitted where a person is waited for. */
const CALL = 3;
const WAITING_CALL = 4;
/** Of a Map: started, succeeded. Of its Map Run: started, succeeded. Of each iteration: started, succeeded. */
const STARTED_AND_ENDED = 2;

/**
 * Counts what a definition does on its way to its end, without carrying it out.
 * @param definition as `withMaps` takes it, parsed
 * @throws {Error} for a type of state that flows do not have
 */
export function countStates(definition: unknown, course: Course): Counted {
  const { transitions, events, calls, children } = walk(definition as States, course);
  return { transitions, events: events + ENDS, calls, children };
}

function walk(machine: States, course: Course): Counted {
  const calls = new Map<string, number>();
  const add = (more: ReadonlyMap<string, number>, times: number) => {
    for (const [name, count] of more) calls.set(name, (calls.get(name) ?? 0) + count * times);
  };
  let transitions = 0;
  let events = 0;
  let children = 0;
  for (let name: string | undefined = machine.StartAt; name !== undefined; ) {
    const state: State | undefined = machine.States[name];
    if (state === undefined) throw new Error(`expected a state ${name}, found none`);
    transitions += 1;
    events += ENTRY_AND_EXIT;
    if (state.Type === "Task") {
      const isWaiting = state.Resource?.endsWith(".waitForTaskToken") === true;
      events += isWaiting ? WAITING_CALL : CALL;
      add(new Map([[functionOf(state), 1]]), 1);
    } else if (state.Type === "Map" && state.ItemProcessor !== undefined) {
      const { shards, maps } = course;
      const item = walk(state.ItemProcessor, course);
      transitions += item.transitions * shards;
      add(item.calls, shards);
      events += STARTED_AND_ENDED;
      if (maps === "distributed") events += STARTED_AND_ENDED;
      else events += (item.events + STARTED_AND_ENDED) * shards;
      children += maps === "distributed" ? shards : item.children * shards;
    } else if (!["Pass", "Choice", "Succeed"].includes(state.Type)) {
      throw new Error(`state ${name}: expected a type that flows have on their way to success, found ${state.Type}`);
    }
    name = state.Type === "Choice" ? chosen(state, course) : state.Next;
  }
  return { transitions, events, calls, children };
}

function chosen({ Choices = [], Default }: State, { facts }: Course): string | undefined {
  const holds = ({ And, Variable = "", StringEquals, BooleanEquals }: Condition): boolean => {
    if (And !== undefined) return And.every(holds);
    return (facts[Variable] ?? false) === (StringEquals ?? BooleanEquals);
  };
  return Choices.find(holds)?.Next ?? Default;
}

/** `${LiftFunctionArn}` -> `Lift`. */
function functionOf({ Resource = "", Parameters }: State): string {
  const found = /\$\{(\w+)FunctionArn\}/.exec(Parameters?.FunctionName ?? Resource)?.[1];
  if (found === undefined) throw new Error(`expected a placeholder of a function, found ${Resource}`);
  return found;
}
