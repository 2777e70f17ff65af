import type { HistoryEvent } from "../../asl/index.ts";
import { pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";

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

/** A page of a history, as GetExecutionHistory gives it. */
export function historyPage(history: readonly HistoryEvent[], request: Request<"GetExecutionHistory">) {
  const ordered = request.reverseOrder ? history.toReversed() : history;
  const list = `history ${request.executionArn} ${request.reverseOrder}`;
  const { items, nextToken } = pageOf(ordered, list, request);
  const events = request.includeExecutionData ? items : items.map(withoutData);
  return { events, ...(nextToken === undefined ? {} : { nextToken }) };
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
