import { errorNamesOfRetryClass } from "../contracts/error-registry.ts";
import { allStages, type Flow, type FlowStage, functionNameOf, stageOfFunction } from "./flow.ts";
import type { StageRetry } from "./stage-meta.ts";

/** A state of a definition, as far as it is looked at here. */
interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly ItemProcessor?: States;
  readonly [field: string]: unknown;
}

interface States {
  readonly States: Readonly<Record<string, State>>;
  readonly [field: string]: unknown;
}

/** A definition in Amazon States Language, with `${...FunctionArn}` placeholders. */
export type FlowDefinition = States;

const PLACEHOLDER = /^\$\{(\w+)FunctionArn\}$/;

/**
 * The definition with what follows from the flow's stages put in: each Task's Retry, the Catch that leads to the failure
 * branch, and the flow's name in each call. Order of states and all else stays as it is.
 * @throws {Error} when a Task calls no stage of the flow, or a stage is called by no Task
 */
export function stampDefinition(definition: FlowDefinition, flow: Flow): FlowDefinition {
  const failure = failureStateOf(definition, flow);
  const called = new Set<string>();
  const stampStates = (machine: States, isInMap: boolean): States => {
    const states = Object.entries(machine.States).map(([name, state]) => {
      const stage = state.Type === "Task" ? stageCalledBy(name, state, flow) : undefined;
      if (stage !== undefined) {
        called.add(stage.name);
        expectPlace(`${flow.stateMachine}, state ${name}`, state, stage);
      }
      return [name, stampState(state, stage, isInMap)] as const;
    });
    return { ...machine, States: Object.fromEntries(states) };
  };
  const stampState = (state: State, stage: FlowStage | undefined, isInMap: boolean): State => {
    const { ItemProcessor } = state;
    const inner = ItemProcessor === undefined ? {} : { ItemProcessor: stampStates(ItemProcessor, true) };
    const retry = stage === undefined ? {} : { Retry: retryBlocks(stage.meta.retry) };
    const mayFail = stage !== undefined || ItemProcessor !== undefined;
    const isLast = stage?.name === flow.failureBranch.name;
    // What fails in a Map's items fails the Map, which catches it.
    const caught = mayFail && !isInMap ? { Catch: [catchBlock(failure, isLast)] } : {};
    const call = stage === undefined ? {} : { Parameters: withFlow(state.Parameters ?? {}, flow) };
    return inOrder(state, { ...call, ...inner, ...retry, ...caught });
  };
  const stamped = stampStates(definition, false);
  const missing = allStages(flow).find(({ name }) => !called.has(name));
  if (missing !== undefined)
    throw new Error(`${flow.stateMachine}: expected a Task that calls ${missing.name}, found none`);
  return stamped;
}

/** Where the definition is not what its flow says, a line each; empty when it is. */
export function definitionDifferences(definition: FlowDefinition, flow: Flow): string[] {
  const differences: string[] = [];
  const compare = (path: string, found: unknown, expected: unknown): void => {
    if (isRecord(found) && isRecord(expected)) {
      for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
        compare(`${path}.${key}`, found[key], expected[key]);
      }
    } else if (JSON.stringify(found) !== JSON.stringify(expected)) {
      const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
      differences.push(`${path}: expected ${shown(expected)}, found ${shown(found)}`);
    }
  };
  compare(flow.stateMachine, definition, stampDefinition(definition, flow));
  return differences;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** One block, or none for a stage whose errors are never tried again. A fixed delay is waited for to the end. */
function retryBlocks({ classes, maxAttempts, backoff }: StageRetry): Readonly<Record<string, unknown>>[] {
  if (classes.length === 0 || maxAttempts < 2) return [];
  const isFixed = backoff.kind === "fixed";
  return [
    {
      ErrorEquals: classes.flatMap(errorNamesOfRetryClass),
      IntervalSeconds: (isFixed ? backoff.delay_ms : backoff.base_delay_ms) / 1_000,
      BackoffRate: isFixed ? 1 : 2,
      ...(isFixed ? {} : { MaxDelaySeconds: backoff.max_delay_ms / 1_000 }),
      MaxAttempts: maxAttempts - 1,
      JitterStrategy: isFixed ? "NONE" : "FULL",
    },
  ];
}

/** The failure branch itself has nothing behind it but the end: the error that led to it stays the run's. */
function catchBlock({ name, next }: FailureState, isLast: boolean): Readonly<Record<string, unknown>> {
  return {
    ErrorEquals: ["States.ALL"],
    ResultPath: isLast ? "$.recording_error" : "$.error",
    Next: isLast ? next : name,
  };
}

interface FailureState {
  readonly name: string;
  readonly next: string;
}

function failureStateOf({ States }: States, { failureBranch, stateMachine }: Flow): FailureState {
  const resource = `\${${functionNameOf(failureBranch.name)}FunctionArn}`;
  const found = Object.entries(States).find(([, state]) => state.Resource === resource);
  if (found === undefined) throw new Error(`${stateMachine}: expected a Task that calls ${resource}, found none`);
  return { name: found[0], next: String(found[1].Next) };
}

/** The stage whose function a Task calls, by its resource or by `lambda:invoke`. */
function stageCalledBy(name: string, { Resource, Parameters }: State, flow: Flow): FlowStage {
  const placeholder = [Resource, Parameters?.FunctionName].map((text) => PLACEHOLDER.exec(String(text))?.[1]);
  const stageName = stageOfFunction(placeholder.find((each) => each !== undefined) ?? "");
  const stage = allStages(flow).find((each) => each.name === stageName);
  if (stage !== undefined) return stage;
  throw new Error(
    `${flow.stateMachine}, state ${name}: expected the function of a stage of flow ${flow.name}, found ${Resource}`,
  );
}

/** `lambda:invoke` has the call in its Payload. */
function withFlow(parameters: Readonly<Record<string, unknown>>, flow: Flow): Readonly<Record<string, unknown>> {
  const { Payload } = parameters;
  if (isRecord(Payload)) return { ...parameters, Payload: withFlow(Payload, flow) };
  return "flow" in parameters ? { ...parameters, flow: flow.name } : { flow: flow.name, ...parameters };
}

/** A call says which round of a loop it is, and which shard of a Map: else the state's ids would not be those planned. */
function expectPlace(where: string, { Parameters = {} }: State, { name, meta }: FlowStage): void {
  const call = isRecord(Parameters.Payload) ? Parameters.Payload : Parameters;
  for (const [part, isExpected] of [
    ["round", meta.isLooped === true],
    ["shard", meta.isSharded === true],
  ] as const) {
    if (`${part}.$` in call === isExpected) continue;
    const [expected, found] = isExpected ? [`a ${part}.$`, "none"] : [`no ${part}.$`, "one"];
    throw new Error(`${where}: expected ${expected} in the call of ${name}, as it is declared, found ${found}`);
  }
}

/** What is new goes before what says where to go from here. */
function inOrder(state: State, stamped: Readonly<Record<string, unknown>>): State {
  const { Next, End, ...rest } = state;
  const last = { ...(Next === undefined ? {} : { Next }), ...(End === undefined ? {} : { End }) };
  return { ...rest, ...stamped, ...last } as State;
}
