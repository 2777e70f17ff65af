import type { EventDetails, HistoryEventType } from "./event.ts";
import type { JsonText } from "./json-text.ts";

/** How the details of a kind of event are written and read. */
export interface DetailsShape {
  /** The details of a record as AWS shows them; undefined if this record has none. */
  write(record: RecordContent, text: JsonText): EventDetails | undefined;
  /** The details as JSON text, where building them by hand pays; otherwise `write` is used. */
  writeText?(record: RecordContent, text: JsonText): string;
  /** @param parse makes a value of a payload's text */
  read(details: EventDetails, parse: ParseText): RecordContent;
}

export type ParseText = (text: unknown) => unknown;

/** What the details of an event say, as the interpreter keeps it; see `EventRecord`. */
export interface RecordContent {
  readonly name?: string | undefined;
  readonly value?: unknown;
  readonly extra?: unknown;
}

export interface EventKind {
  readonly type: HistoryEventType;
  /** The key of the details in the event. */
  readonly detailsKey: `${string}EventDetails`;
  readonly shape: DetailsShape;
  /** It says only that a worker took a task: nothing is lost without it. */
  readonly isMarker: boolean;
}

/** Error and cause of a failure; either may be missing, as a Fail state may leave them out. */
export interface FailureDetails {
  readonly error?: string;
  readonly cause?: string;
}

const NOT_TRUNCATED = { truncated: false };
const NO_DETAILS: EventDetails = {};

const none: DetailsShape = {
  write: () => undefined,
  read: () => NO_DETAILS,
};

const entered: DetailsShape = {
  write: (record, text) => ({ name: record.name, input: text.of(record.value), inputDetails: NOT_TRUNCATED }),
  writeText: (record, text) =>
    `{"name":${text.quotedName(record.name)},"input":${text.quotedOf(record.value)},"inputDetails":{"truncated":false}}`,
  read: (details, parse) => ({ name: details.name as string, value: parse(details.input) }),
};

const exited: DetailsShape = {
  write: (record, text) => ({
    name: record.name,
    output: text.of(record.value),
    outputDetails: NOT_TRUNCATED,
    ...(record.extra === undefined ? {} : assignedVariables(record.extra as EventDetails, text)),
  }),
  writeText: (record, text) => {
    const head = `{"name":${text.quotedName(record.name)},"output":${text.quotedOf(record.value)},"outputDetails":{"truncated":false}`;
    if (record.extra === undefined) return `${head}}`;
    return `${head},${JSON.stringify(assignedVariables(record.extra as EventDetails, text)).slice(1)}`;
  },
  read: (details, parse) => ({
    name: details.name as string,
    value: parse(details.output),
    extra:
      details.assignedVariables === undefined
        ? undefined
        : readVariables(details.assignedVariables as EventDetails, parse),
  }),
};

function assignedVariables(variables: EventDetails, text: JsonText): EventDetails {
  const texts = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, text.of(value)]));
  return { assignedVariables: texts, assignedVariablesDetails: NOT_TRUNCATED };
}

const readVariables = (texts: EventDetails, parse: ParseText): EventDetails =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, parse(value)]));

/** A payload in `field` and plain fields beside it. */
function payload(
  field: "input" | "output" | "parameters",
  detailsField?: "inputDetails" | "outputDetails",
): DetailsShape {
  const tail = detailsField === undefined ? "}" : `,"${detailsField}":{"truncated":false}}`;
  return {
    write: (record, text) => ({
      ...(record.extra as EventDetails | undefined),
      [field]: text.of(record.value),
      ...(detailsField === undefined ? {} : { [detailsField]: NOT_TRUNCATED }),
    }),
    writeText: (record, text) => {
      const { extra } = record;
      const head = extra === undefined ? "{" : `${JSON.stringify(extra).slice(0, -1)},`;
      return `${head}"${field}":${text.quotedOf(record.value)}${tail}`;
    },
    read: (details, parse) => {
      const { [field]: value, [detailsField ?? field]: _, ...extra } = details;
      return { value: parse(value), extra: Object.keys(extra).length === 0 ? undefined : extra };
    },
  };
}

/** Error and cause, and plain fields beside them. */
const failure: DetailsShape = {
  write: (record) => ({ ...(record.extra as EventDetails | undefined), ...(record.value as EventDetails) }),
  read: ({ error, cause, ...extra }) => ({
    value: { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) },
    extra,
  }),
};

/** Plain fields only. */
const fields: DetailsShape = {
  write: (record) => record.extra as EventDetails | undefined,
  read: (details) => ({ extra: Object.keys(details).length === 0 ? undefined : details }),
};

const iteration: DetailsShape = {
  write: (record) => ({ name: record.name, index: record.extra }),
  writeText: (record, text) => `{"name":${text.quotedName(record.name)},"index":${record.extra as number}}`,
  read: (details) => ({ name: details.name as string, extra: details.index }),
};

const SHAPES: Readonly<Record<HistoryEventType, DetailsShape>> = {
  PassStateEntered: entered,
  PassStateExited: exited,
  TaskStateEntered: entered,
  TaskStateExited: exited,
  TaskStateAborted: none,
  ChoiceStateEntered: entered,
  ChoiceStateExited: exited,
  WaitStateEntered: entered,
  WaitStateExited: exited,
  WaitStateAborted: none,
  SucceedStateEntered: entered,
  SucceedStateExited: exited,
  FailStateEntered: entered,
  ParallelStateEntered: entered,
  ParallelStateStarted: none,
  ParallelStateSucceeded: none,
  ParallelStateFailed: none,
  ParallelStateAborted: none,
  ParallelStateExited: exited,
  MapStateEntered: entered,
  MapStateStarted: fields,
  MapStateSucceeded: none,
  MapStateFailed: none,
  MapStateAborted: none,
  MapStateExited: exited,
  MapIterationStarted: iteration,
  MapIterationSucceeded: iteration,
  MapIterationFailed: iteration,
  MapIterationAborted: iteration,
  MapRunStarted: fields,
  MapRunSucceeded: none,
  MapRunFailed: failure,
  MapRunAborted: none,
  MapRunRedriven: fields,
  LambdaFunctionScheduled: payload("input", "inputDetails"),
  LambdaFunctionScheduleFailed: failure,
  LambdaFunctionStarted: none,
  LambdaFunctionStartFailed: failure,
  LambdaFunctionSucceeded: payload("output", "outputDetails"),
  LambdaFunctionFailed: failure,
  LambdaFunctionTimedOut: failure,
  ActivityScheduled: payload("input", "inputDetails"),
  ActivityScheduleFailed: failure,
  ActivityStarted: fields,
  ActivitySucceeded: payload("output", "outputDetails"),
  ActivityFailed: failure,
  ActivityTimedOut: failure,
  TaskScheduled: payload("parameters"),
  TaskStarted: fields,
  TaskStartFailed: failure,
  TaskSubmitted: payload("output", "outputDetails"),
  TaskSubmitFailed: failure,
  TaskSucceeded: payload("output", "outputDetails"),
  TaskFailed: failure,
  TaskTimedOut: failure,
  EvaluationFailed: failure,
  ExecutionStarted: payload("input", "inputDetails"),
  ExecutionSucceeded: payload("output", "outputDetails"),
  ExecutionFailed: failure,
  ExecutionAborted: failure,
  ExecutionTimedOut: failure,
  ExecutionRedriven: fields,
};

/** Entered and exited events of every state type share their details key, whatever the type. */
function detailsKeyOf(type: HistoryEventType): `${string}EventDetails` {
  if (/State(Entered|Exited)$/.test(type))
    return type.endsWith("Entered") ? "stateEnteredEventDetails" : "stateExitedEventDetails";
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
}

const MARKERS: ReadonlySet<string> = new Set(["LambdaFunctionStarted", "ActivityStarted", "TaskStarted"]);

/** Every kind of event by its type. */
export const KINDS = Object.fromEntries(
  Object.entries(SHAPES).map(([type, shape]) => [
    type,
    { type, shape, detailsKey: detailsKeyOf(type as HistoryEventType), isMarker: MARKERS.has(type) },
  ]),
) as unknown as Readonly<Record<HistoryEventType, EventKind>>;
