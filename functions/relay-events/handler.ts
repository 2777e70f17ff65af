import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import * as z from "zod";
import { EventEnvelope } from "../../shared/contracts/event.ts";
import { RunId } from "../../shared/contracts/ids.ts";
import { recordableError, shownErrorInfo } from "../../shared/kernel/error-records.ts";
import { projectStatus } from "../../shared/kernel/run/status.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import type { Json } from "../../shared/stores/ports.ts";
import { createLogger } from "../../shared/telemetry/logger.ts";
import { storesFromEnvironment } from "../connection.ts";
import { readEnvironment } from "../environment.ts";

/** An item that was added to the table of events, as its stream tells of it: what one append, or several at once, added. */
const Added = z.looseObject({
  dynamodb: z.looseObject({
    SequenceNumber: z.string(),
    NewImage: z.looseObject({
      run_id: z.looseObject({ S: RunId }),
      first: z.looseObject({ N: z.coerce.number() }),
      last: z.looseObject({ N: z.coerce.number() }),
      lines: z.looseObject({ S: z.string() }).optional(),
    }),
  }),
});
type Added = z.infer<typeof Added>;

const Stream = z.looseObject({ Records: z.array(Added) });

/** EventBridge takes so many at once. */
const ENTRIES_AT_ONCE = 10;

const bridge = new EventBridgeClient({});

/**
 * Called with what was appended to runs' logs, a run's in order: puts each event on the bus, named as it is in the log. Those whose
 * sending failed are sent again, with all behind them: whoever listens tells them by their `event_id`. Of a run that ended, the status
 * is written too: no process holds a run here that would.
 */
export async function handler(
  event: unknown,
): Promise<{ readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }> {
  const { bus, logLevel } = readEnvironment();
  for (const added of Stream.parse(event).Records) {
    try {
      const events = await eventsIn(added);
      await relay(events, bus);
      if (events.some(isEnd)) await project(added.dynamodb.NewImage.run_id.S);
    } catch (error) {
      const { SequenceNumber, NewImage } = added.dynamodb;
      createLogger(logLevel, { run_id: NewImage.run_id.S }).error(
        { error: shownErrorInfo(recordableError(error)) },
        "events were not sent",
      );
      return { batchItemFailures: [{ itemIdentifier: SequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
}

async function eventsIn({ dynamodb: { NewImage } }: Added): Promise<EventEnvelope[]> {
  const { run_id, first, last, lines } = NewImage;
  if (lines !== undefined) return lines.S.split("\n").map((line) => EventEnvelope.parse(JSON.parse(line)));
  // Longer than an item takes: they are in the bucket.
  const { events } = await storesFromEnvironment();
  const found: EventEnvelope[] = [];
  for await (const each of events.read(run_id.S, first.N, last.N)) found.push(each);
  return found;
}

function isEnd({ kind, name }: EventEnvelope): boolean {
  return kind === "kernel" && name === "run_completed";
}

/** What lists show of a run that ended, without its log. */
async function project(runId: RunId): Promise<void> {
  const stores = await storesFromEnvironment();
  const { submission, record } = await readRun(stores, runId);
  await stores.runs.writeStatus(runId, projectStatus(submission, record) as unknown as Json);
}

async function relay(events: readonly EventEnvelope[], EventBusName: string | undefined): Promise<void> {
  const entries = events.map(
    (event): PutEventsRequestEntry => ({
      EventBusName,
      Source: "restep",
      DetailType: event.name,
      Detail: JSON.stringify(event),
      Time: new Date(event.ts),
    }),
  );
  for (let at = 0; at < entries.length; at += ENTRIES_AT_ONCE) {
    const Entries = entries.slice(at, at + ENTRIES_AT_ONCE);
    const { FailedEntryCount = 0, Entries: told = [] } = await bridge.send(new PutEventsCommand({ Entries }));
    if (FailedEntryCount > 0) throw new Error(told.find(({ ErrorCode }) => ErrorCode !== undefined)?.ErrorMessage);
  }
}
