import { StatesError } from "../../errors.ts";
import { KINDS } from "../../history/kinds.ts";
import { Suspension } from "../../query/index.ts";
import type { ObjectStore } from "../../services/object-store.ts";
import type { Branch } from "../branch.ts";
import type { DistributedMap, MapState } from "../machine.ts";
import type { MapRunLimits } from "../map-run/limits.ts";
import { MapRun, type MapRunPlan } from "../map-run/map-run.ts";
import { outputsOnly } from "../map-run/result-entries.ts";
import { OutputList } from "../map-run/results.ts";
import { queryFailed } from "../transitions.ts";
import { effectiveInput } from "./input.ts";
import { itemsOf } from "./items.ts";

export function runDistributedMap(branch: Branch, state: MapState, distributed: DistributedMap): boolean {
  const { scope } = branch;
  let input: unknown;
  let list: readonly unknown[] | undefined;
  let maxConcurrency: number;
  try {
    input = effectiveInput(branch, state);
    list = distributed.itemReader === undefined ? itemsOf(branch, state, input) : undefined;
    maxConcurrency = state.maxConcurrency?.(scope.at(input)) ?? 0;
  } catch (error) {
    return planFailed(branch, error, () => runDistributedMap(branch, state, distributed));
  }
  branch.record(KINDS.MapStateStarted, undefined, { length: list?.length ?? 0 });
  return openMapRun(branch, { state, distributed, input, list, maxConcurrency });
}

/** What was evaluated before the state is said to have started. */
interface StartedMap extends Pick<MapRunPlan, "state" | "distributed" | "input"> {
  readonly list: readonly unknown[] | undefined;
  readonly maxConcurrency: number;
  /** Given at the first try. */
  readonly mapRunArn?: string;
}

function openMapRun(branch: Branch, started: StartedMap): boolean {
  const { execution, scope } = branch;
  const { state, distributed, input, list, maxConcurrency } = started;
  const objects = execution.ports.objects ?? NO_OBJECTS;
  const { stateMachineArn } = execution.identity;
  const { limitBytes } = execution.ports.payloads;
  let mapRunArn = started.mapRunArn;
  let plan: MapRunPlan;
  try {
    scope.at(input);
    const limits = { maxConcurrency, ...toleratedFailuresOf(branch, state) };
    mapRunArn ??= branch.failedMapRunArn ?? newMapRunArn(branch, state);
    plan = {
      state,
      distributed,
      input,
      items: list ?? distributed.itemReader!.open(scope.at(input), objects),
      batches: distributed.batcher?.plan(scope.at(input)),
      limits,
      results:
        distributed.resultWriter?.open(scope.at(input), { objects, mapRunArn, stateMachineArn, limitBytes }) ??
        new OutputList(limitBytes, outputsOnly),
    };
  } catch (error) {
    const arn = mapRunArn === undefined ? {} : { mapRunArn };
    return planFailed(branch, error, () => openMapRun(branch, { ...started, ...arn }));
  }
  const isRedrive = branch.takeFailedMapRun() !== undefined;
  const run = isRedrive
    ? branch.record(KINDS.MapRunRedriven, undefined, { mapRunArn, redriveCount: execution.redriveCount })
    : branch.record(KINDS.MapRunStarted, undefined, { mapRunArn });
  execution.command(new MapRun(branch, plan, run, isRedrive));
  return false;
}

function planFailed(branch: Branch, error: unknown, again: () => boolean): boolean {
  if (error instanceof StatesError || error instanceof Suspension) return queryFailed(branch, error, again);
  throw error;
}

function toleratedFailuresOf(branch: Branch, state: MapState): Omit<MapRunLimits, "maxConcurrency"> {
  const count = state.toleratedFailureCount?.(branch.scope);
  const percentage = state.toleratedFailurePercentage?.(branch.scope);
  return {
    ...(count === undefined ? {} : { toleratedFailureCount: count }),
    ...(percentage === undefined ? {} : { toleratedFailurePercentage: percentage }),
  };
}

function newMapRunArn({ execution }: Branch, state: MapState): string {
  const { region, accountId, entropy } = execution.ports;
  const label = state.definition.Label ?? entropy.uuid().replaceAll("-", "");
  return `arn:aws:states:${region}:${accountId}:mapRun:${execution.identity.stateMachineName}/${label}:${entropy.uuid()}`;
}

const none = (): never => {
  throw new StatesError(
    "States.Runtime",
    "This interpreter was given no object store to read items from or write results to.",
  );
};
const NO_OBJECTS: ObjectStore = { get: none, list: none, put: none, remove: none };
