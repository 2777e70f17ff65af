import type { HistoryEvent } from "../../../shared/asl/index.ts";
import type { RecordedEvent } from "./case.ts";
import { type MatchOptions, matches } from "./matches.ts";

/** What of two histories agrees. */
export interface EventVerdict {
  readonly types: boolean;
  readonly details: boolean;
  readonly links: boolean;
  /** The first difference, in words. */
  readonly difference: string | undefined;
  /** Why the recording was not taken at its word, if it was not. */
  readonly allowance?: string;
}

const LEFT_OUT = "the recording erased ids and left events out; its last id tells how many there were";
const OLD_LINK =
  "recorded before November 2024, when MapStateExited followed MapRunSucceeded; since then it follows MapRunStarted";

/**
 * Compares a history with the recorded one: event by event where their order is total, else as sets, with the kind of
 * event that each follows.
 */
export function compareEvents(
  expected: readonly RecordedEvent[],
  actual: readonly HistoryEvent[],
  order: "total" | "concurrent" | "concurrent-ids-erased",
  options: MatchOptions,
  isOldLink: (expected: RecordedEvent) => boolean,
): EventVerdict {
  const inOrder = compareInOrder(expected, actual, options, isOldLink);
  if (order === "total" || (inOrder.types && inOrder.details && inOrder.links)) return inOrder;
  return compareAsSets(expected, actual, options, order === "concurrent-ids-erased");
}

function compareInOrder(
  expected: readonly RecordedEvent[],
  actual: readonly HistoryEvent[],
  options: MatchOptions,
  isOldLink: (expected: RecordedEvent) => boolean,
): EventVerdict {
  const wrongType = firstIndex(
    Math.max(expected.length, actual.length),
    (index) => expected[index]?.type !== actual[index]?.type,
  );
  if (wrongType !== undefined) {
    const difference = `event ${wrongType + 1}: expected ${expected[wrongType]?.type ?? "the end"}, found ${actual[wrongType]?.type ?? "the end"}`;
    return { types: false, details: false, links: false, difference };
  }
  const wrongDetails = firstIndex(expected.length, (index) => !sameDetails(expected[index]!, actual[index]!, options));
  const wrongLink = firstIndex(
    expected.length,
    (index) => expected[index]!.prev !== actual[index]!.previousEventId && !isOldLink(expected[index]!),
  );
  const hasOldLink = expected.some((event, index) => event.prev !== actual[index]!.previousEventId && isOldLink(event));
  return {
    ...(hasOldLink ? { allowance: OLD_LINK } : {}),
    types: true,
    details: wrongDetails === undefined,
    links: wrongLink === undefined,
    difference:
      wrongDetails !== undefined
        ? describeDetails(expected[wrongDetails]!, actual[wrongDetails]!)
        : wrongLink === undefined
          ? undefined
          : `event ${wrongLink + 1} (${expected[wrongLink]!.type}): expected previousEventId ${expected[wrongLink]!.prev}, found ${actual[wrongLink]!.previousEventId}`,
  };
}

function compareAsSets(
  expected: readonly RecordedEvent[],
  actual: readonly HistoryEvent[],
  options: MatchOptions,
  areIdsErased: boolean,
): EventVerdict {
  const isGap = areIdsErased && lastId(expected) === actual.length;
  const types = isGap || sorted(expected.map(({ type }) => type)) === sorted(actual.map(({ type }) => type));
  const left = [...actual];
  const unmatched = expected.find((event) => {
    const index = left.findIndex(
      (candidate) => candidate.type === event.type && sameDetails(event, candidate, options),
    );
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
  const links =
    areIdsErased ||
    sorted(linkTypes(expected)) ===
      sorted(linkTypes(actual.map((event) => ({ ...event, prev: event.previousEventId }))));
  return {
    ...(isGap ? { allowance: LEFT_OUT } : {}),
    types,
    details: types && unmatched === undefined,
    links,
    difference: !types
      ? `other events: expected ${expected.map(({ type }) => type).join(" ")}, found ${actual.map(({ type }) => type).join(" ")}`
      : unmatched !== undefined
        ? `no event like ${unmatched.type} ${JSON.stringify(unmatched.details)}`
        : links
          ? undefined
          : "events follow other events",
  };
}

/** Where ids were erased, events were left out too; the id of the last event tells how many there were. */
const lastId = (events: readonly RecordedEvent[]): unknown => events.at(-1)?.id;

const sorted = (texts: readonly string[]): string => [...texts].sort().join("\n");

/** For each event, its type and the type of the event it follows. */
function linkTypes(
  events: readonly { readonly id: unknown; readonly prev: number; readonly type: string }[],
): string[] {
  const types = new Map(events.map(({ id, type }) => [id, type]));
  return events.map(({ prev, type }) => `${types.get(prev) ?? "-"} ${type}`);
}

function firstIndex(length: number, isIt: (index: number) => boolean): number | undefined {
  for (let index = 0; index < length; index++) if (isIt(index)) return index;
  return undefined;
}

/** Payloads are JSON text in an event and mostly parsed in the recording, which also leaves out what it truncated. */
function sameDetails(expected: RecordedEvent, actual: HistoryEvent, options: MatchOptions): boolean {
  const wanted = expected.details ?? {};
  const { inputDetails: _input, outputDetails: _output, ...found } = detailsOf(actual);
  if (Object.keys(wanted).length !== Object.keys(found).length) return false;
  return Object.entries(wanted).every(([field, value]) => {
    if (field === "workerName") return typeof found[field] === "string";
    return sameField(value, found[field], options, field);
  });
}

function sameField(expected: unknown, actual: unknown, options: MatchOptions, field: string): boolean {
  const withWords = { ...options, readsWords: true };
  if (field === "assignedVariables") {
    return matches(
      mapValues(expected as Readonly<Record<string, unknown>>, parsedText),
      mapValues((actual ?? {}) as Readonly<Record<string, unknown>>, parsedText),
      withWords,
    );
  }
  if (matches(expected, actual, withWords, `/${field}`)) return true;
  return typeof actual === "string" && matches(expected, parsedText(actual), withWords, `/${field}`);
}

const mapValues = (
  object: Readonly<Record<string, unknown>>,
  change: (value: unknown) => unknown,
): Record<string, unknown> => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));

function parsedText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function detailsOf(event: HistoryEvent): Readonly<Record<string, unknown>> {
  const key = Object.keys(event).find((name) => name.endsWith("EventDetails")) as `${string}EventDetails` | undefined;
  return (key && event[key]) || {};
}

const describeDetails = (expected: RecordedEvent, actual: HistoryEvent): string =>
  `event ${actual.id} (${actual.type}): expected ${JSON.stringify(expected.details)}, found ${JSON.stringify(detailsOf(actual))}`;
