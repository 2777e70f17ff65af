export type { QueryLanguage, StateDefinition, StateMachineDefinition, StateMachineType } from "./definition.ts";
export { DefinitionError, ExecutionInputError, HistoryError, StatesError } from "./errors.ts";
export type { HistoryEvent, HistoryEventType } from "./history/event.ts";
export { type FileHistoryLog, fileHistoryLog } from "./history/file-log.ts";
export { HistoryJournal, type JournalEntry, type JournalKey } from "./history/journal.ts";
export { type HistoryBatch, type HistoryLog, memoryHistoryLog } from "./history/log.ts";
export { type ExecutionClock, realTimeClock, timeSkippingClock } from "./interpreter/clock.ts";
export { type CompileOptions, compileInTurns, compileStateMachine } from "./interpreter/compile/compile.ts";
export type { ExecutionHandle } from "./interpreter/handle.ts";
export {
  Interpreter,
  type InterpreterOptions,
  MAX_HISTORY_EVENTS,
  type RunOptions,
} from "./interpreter/interpreter.ts";
export type { StateMachine } from "./interpreter/machine.ts";
export type { MapRunLimits } from "./interpreter/map-run/limits.ts";
export type { MapRunStart } from "./interpreter/map-run/registry.ts";
export type { ExecutionResult } from "./interpreter/result.ts";
export type { TaskOutcome } from "./interpreter/tasks/pending-task.ts";
export { executionOfTaskToken, readTaskToken, type TaskTokenParts } from "./interpreter/tasks/task-token.ts";
export { parseExact, parsePayload, stringifyExact } from "./query/exact/json.ts";
export { parseJson } from "./query/json.ts";
export type { BusEvent } from "./services/event-bridge.ts";
export { folderObjectStore } from "./services/folder-object-store.ts";
export { type FunctionContext, type FunctionHandler, functionError, functionsResolver } from "./services/functions.ts";
export { type LocalServices, localServices } from "./services/local-services.ts";
export type { Message, Receiver } from "./services/messages.ts";
export { memoryObjectStore, type ObjectStore, type ObjectSummary, objectError } from "./services/object-store.ts";
export type { TaskRequest, TaskResolver } from "./services/resolver.ts";
export { type IntegrationPattern, parseResource, type TaskFamily, type TaskResource } from "./services/resource.ts";
export { routeByService } from "./services/route.ts";
export { ServiceRefusal } from "./services/service-call.ts";
export { type AttributeValue, type Item, memoryTableStore, type TableStore } from "./services/table-store.ts";
export { type Diagnostic, invalidDefinitionMessage, isAcceptable } from "./validate/diagnostic.ts";
export {
  UNNAMED_STATE,
  type ValidationOptions,
  validateDefinition,
  validateInTurns,
  validateState,
} from "./validate/validate.ts";
