import { randomUUID } from "node:crypto";
import { isObject, plainJson } from "../query/index.ts";
import { eventRules, isObjectText } from "./event-rules.ts";
import type { TaskResolver } from "./resolver.ts";
import { serviceResolver } from "./service-call.ts";

/** An event as a bus hands it on. */
export interface BusEvent {
  readonly id: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly detail: unknown;
}

type Entry = Readonly<Record<string, unknown>>;

const REQUIRED = ["Source", "DetailType", "Detail"] as const;

/**
 * `events:putEvents`, optimised and of the SDK. Entries that are well formed go to the receiver; if any is not, the
 * optimised integration fails as `EventBridge.FailedEntry` with the whole response for a cause. Rules are kept for `aws-sdk`
 * tasks, and match nothing.
 */
export function eventBridgeResolver(receive: (event: BusEvent) => void | Promise<void>): TaskResolver {
  const names = { optimised: "EventBridge", sdk: "EventBridge", service: "AmazonEventBridge" };
  const calls = serviceResolver(
    names,
    { ...eventRules(), putEvents: ({ Entries }) => putEvents(plainJson(Entries) as readonly Entry[], receive) },
    false,
  );
  return {
    async run(request) {
      const response = (await calls.run(request)) as { readonly FailedEntryCount?: number };
      if (!response.FailedEntryCount || request.resource.service.startsWith("aws-sdk:")) return response;
      const cause = JSON.stringify(response);
      throw Object.assign(new Error(cause), { error: "EventBridge.FailedEntry", cause });
    },
  };
}

async function putEvents(entries: readonly Entry[], receive: (event: BusEvent) => void | Promise<void>) {
  const Entries: object[] = [];
  let FailedEntryCount = 0;
  for (const entry of entries) {
    const refusal = refusalOf(entry);
    if (refusal === undefined) {
      const id = randomUUID();
      const { Source, DetailType, Detail, EventBusName = "default" } = entry;
      const detail = typeof Detail === "string" ? JSON.parse(Detail) : Detail;
      await receive({ id, bus: String(EventBusName), source: String(Source), detailType: String(DetailType), detail });
      Entries.push({ EventId: id });
    } else {
      FailedEntryCount += 1;
      Entries.push(refusal);
    }
  }
  return { Entries, FailedEntryCount };
}

function refusalOf(entry: Entry): object | undefined {
  const missing = REQUIRED.find((field) => entry[field] === undefined || entry[field] === "");
  if (missing !== undefined) {
    const ErrorMessage = `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`;
    return { ErrorCode: "InvalidArgument", ErrorMessage };
  }
  return isObject(entry.Detail) || (typeof entry.Detail === "string" && isObjectText(entry.Detail))
    ? undefined
    : { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
}
