import { StatesError } from "../../errors.ts";
import { KINDS } from "../../history/kinds.ts";
import type { ObjectStore } from "../../services/object-store.ts";
import type { Branch } from "../branch.ts";
import type { DistributedMap, MapState } from "../machine.ts";
import type { MapRunLimits } from "../map-run/limits.ts";
import { MapRun, type MapRunPlan } from "../map-run/map-run.ts";
import { OutputList } from "../map-run/results.ts";
import { queryFailed } from "../transitions.ts";
import { effectiveInput } from "./input.ts";
import { itemsOf } from "./items.ts";

export function runDistributedMap(branch: Branch, state: MapState, distributed: DistributedMap): boolean {
  const { execution, scope } = branch;
  let plan: MapRunPlan;
  let mapRunArn: string;
  try {
    const input = effectiveInput(branch, state);
    const list = distributed.itemReader === undefined ? itemsOf(branch, state, input) : undefined;
    const maxConcurrency = state.maxConcurrency?.(scope.at(input)) ?? 0;
    const length = { length: list?.length ?? 0 };
    branch.record(KINDS.MapStateStarted, undefined, length);
    const limits = { maxConcurrency, ...toleratedFailuresOf(branch, state) };
    mapRunArn = branch.failedMapRunArn ?? newMapRunArn(branch, state);
    const objects = execution.ports.objects ?? NO_OBJECTS;
    const { stateMachineArn } = execution.identity;
    plan = {
      state,
      distributed,
      input,
      items: list ?? distributed.itemReader!.open(scope.at(input), objects),
      batches: distributed.batcher?.plan(scope.at(input)),
      limits,
      results:
        distributed.resultWriter?.open(scope.at(input), objects, mapRunArn, stateMachineArn) ??
        new OutputList(execution.ports.payloads.limitBytes),
    };
  } catch (error) {
    if (error instanceof StatesError) return queryFailed(branch, error);
    throw error;
  }
  const isRedrive = branch.takeFailedMapRun() !== undefined;
  const started = isRedrive
    ? branch.record(KINDS.MapRunRedriven, undefined, { mapRunArn, redriveCount: execution.redriveCount })
    : branch.record(KINDS.MapRunStarted, undefined, { mapRunArn });
  execution.command(new MapRun(branch, plan, started, isRedrive));
  return false;
}

function toleratedFailuresOf(branch: Branch, state: MapState): Omit<MapRunLimits, "maxConcurrency"> {
  const count = state.toleratedFailureCount?.(branch.scope);
  const percentage = state.toleratedFailurePercentage?.(branch.scope);
  const error = state.language === "JSONata" ? "States.QueryEvaluationError" : "States.Runtime";
  if (count !== undefined && count < 0) throw new StatesError(error, "ToleratedFailureCount cannot be negative.");
  if (percentage !== undefined && (percentage < 0 || percentage > 100)) {
    throw new StatesError(error, "ToleratedFailurePercentage must be between 0 and 100.");
  }
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
const NO_OBJECTS: ObjectStore = { get: none, list: none, put: none };
