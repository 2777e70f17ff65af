import type { HistoryEvent } from "../../asl/index.ts";
import { pagesOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import type { ExecutionRecord } from "../records/records.ts";
import { type ExecutionRoom, shownEventsOf, undamaged } from "./execution-lookup.ts";
import type { PageRange } from "./log-pages.ts";

/** Payloads in the details of events, which `includeExecutionData: false` leaves out. */
const dataFields: ReadonlySet<string> = new Set([
  "input",
  "inputDetails",
  "output",
  "outputDetails",
  "parameters",
  "assignedVariables",
  "assignedVariablesDetails",
]);

/** A history that is read page by page. */
export interface PagedHistory {
  readonly count: number;
  /** The events of a range, or fewer of them where they are large. */
  page(range: PageRange): Promise<readonly HistoryEvent[]>;
}

/** The events of an execution that may be shown. @throws ServiceError `DataCorruptedException` */
export async function shownHistory(room: ExecutionRoom, execution: ExecutionRecord): Promise<PagedHistory> {
  const { durableCount, markers } = await shownEventsOf(room, execution);
  return {
    count: durableCount + markers.length,
    async page({ from, to, isFromEnd }) {
      const later = markers.slice(Math.max(0, from - durableCount), Math.max(0, to - durableCount));
      if (from >= durableCount) return later;
      const range = { from, to: Math.min(to, durableCount), isFromEnd };
      const events = await undamaged(room.histories.page(execution.arn, range));
      // A page that is full already ends before them.
      const isWhole = isFromEnd || events.length === range.to - from;
      return isWhole ? [...events, ...later] : events;
    },
  };
}

/** A page of a history, as GetExecutionHistory gives it. */
export async function historyPage(history: PagedHistory, request: Request<"GetExecutionHistory">) {
  const { reverseOrder: isFromEnd, executionArn } = request;
  const { count } = history;
  const list = pagesOf(`history ${executionArn} ${isFromEnd}`, request);
  const end = Math.min(list.end, count);
  const items = await history.page(
    isFromEnd ? { from: count - end, to: count - list.start, isFromEnd } : { from: list.start, to: end, isFromEnd },
  );
  const ordered = isFromEnd ? items.toReversed() : items;
  const events = request.includeExecutionData ? ordered : ordered.map(withoutData);
  const next = list.start + items.length;
  return { events, ...(next < count ? { nextToken: list.tokenFor(next) } : {}) };
}

function withoutData(event: HistoryEvent): HistoryEvent {
  const fields = Object.entries(event).map(([name, value]) => [
    name,
    typeof value === "object" && value !== null ? withoutFields(value) : value,
  ]);
  return Object.fromEntries(fields) as HistoryEvent;
}

function withoutFields(details: object): object {
  return Object.fromEntries(Object.entries(details).filter(([name]) => !dataFields.has(name)));
}
