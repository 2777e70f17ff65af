/**
 * Parts of the engine, for those who serve an API over it, test single states or read histories. `index.ts` is for those who
 * run state machines.
 */
export { fromHistoryEvent, toHistoryEvent } from "./history/codec.ts";
export { readCompact } from "./history/compact.ts";
export { openedPath } from "./history/file-log.ts";
export { type FailureDetails, KINDS } from "./history/kinds.ts";
export type { EventRecord } from "./history/record.ts";
export type {
  ChoiceState,
  CompiledState,
  FailState,
  MapState,
  PassState,
  TaskState,
} from "./interpreter/machine.ts";
export { mapItemOf, STATE_DATA } from "./interpreter/map-item.ts";
export { batchesOf } from "./interpreter/map-run/child-inputs.ts";
export { childName, mayBeChildOf } from "./interpreter/map-run/identity.ts";
export { itemsAtPointer } from "./interpreter/map-run/item-reader.ts";
export { isTerminal, matchesError, retrierFor, retryDelay } from "./interpreter/retry.ts";
export { noChoiceMatched } from "./interpreter/states/choice.ts";
export { notAnArray } from "./interpreter/states/items.ts";
export { plainJson } from "./query/exact/plain.ts";
export { type Query, type Scope, settled } from "./query/index.ts";
export { isObject } from "./query/json.ts";
export { type LambdaInvocation, lambdaInvocationOf, lambdaRefusal } from "./services/lambda-invocation.ts";
export { notRecognized } from "./services/service-call.ts";
