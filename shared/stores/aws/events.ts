import type { EventEnvelope, NewEvent } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { lookout } from "../changes.ts";
import type { Clock } from "../clock.ts";
import { ConcurrencyError, CorruptionError } from "../errors.ts";
import { decodeEvent, EMPTY_HEAD, encodeEvents, LINE_REMEDY } from "../log-lines.ts";
import type { Appended, EventStore, Head } from "../ports.ts";
import { type Encoding, type LogAccess, type LogWriter, logWriter } from "./log-writer.ts";

interface EventAppend {
  readonly expectedSeq: number;
  readonly events: readonly NewEvent[];
}

const ENCODING: Encoding<EventAppend, Appended> = {
  log: "events",
  encode(runId, end, { expectedSeq, events }) {
    if (end.seq !== expectedSeq) throw new ConcurrencyError(runId, expectedSeq, end.seq);
    const { lines, appended } = encodeEvents(runId, end, events);
    return { lines, end: appended.head, result: appended };
  },
};

export interface AwsEvents extends EventStore {
  readonly settled: LogWriter<EventAppend, Appended>["settled"];
}

export function awsEvents(log: LogAccess, clock: Clock): AwsEvents {
  const { access, items, lines } = log;
  const writer = logWriter(log, ENCODING);
  const where = `${access.where} (table ${access.table("events")})`;

  /** From a place on, chained to the line before it; up to where the log ends when the walk begins, at the least. */
  async function* walk(runId: RunId, fromSeq: number): AsyncGenerator<EventEnvelope> {
    const end = await items.logEnd(runId, "events");
    let head: Head | undefined = fromSeq <= 1 ? EMPTY_HEAD : undefined;
    for await (const item of lines.from(runId, Math.max(1, fromSeq - 1))) {
      for (const text of item.lines) {
        head ??= item.first === 1 ? EMPTY_HEAD : { seq: item.first - 1, prev: prevIn(text) };
        const decoded = decodeEvent(runId, head, Buffer.from(text), where);
        head = decoded.head;
        if (head.seq === end.seq && head.prev !== end.prev) throw endsElsewhere(runId, end, head);
        if (decoded.event.seq >= fromSeq) yield decoded.event;
      }
    }
    if (fromSeq <= end.seq && (head?.seq ?? 0) < end.seq) throw endsElsewhere(runId, end, head ?? EMPTY_HEAD);
  }

  const endsElsewhere = (runId: RunId, end: Head, found: Head) =>
    new CorruptionError(`the log of run ${runId}`, {
      where,
      expected: `to end at seq ${end.seq} with SHA-256 ${end.prev}`,
      found: `seq ${found.seq} with SHA-256 ${found.prev}`,
      remedy: LINE_REMEDY,
    });

  return {
    settled: writer.settled,
    async head(runId) {
      await items.checkReadable(runId, "record", "events");
      const { seq, prev } = await writer.end(runId);
      return { seq, prev };
    },
    append: (runId, expectedSeq, events) => writer.append(runId, { expectedSeq, events }),
    async *read(runId, fromSeq = 1, toSeq = Number.POSITIVE_INFINITY) {
      await items.checkReadable(runId, "record", "events");
      for await (const event of walk(runId, fromSeq)) {
        if (event.seq > toSeq) return;
        yield event;
      }
    },
    async *follow(runId, fromSeq, signal) {
      await items.checkReadable(runId, "record", "events");
      const changed = lookout(clock, signal);
      try {
        let next = fromSeq;
        while (!signal.aborted) {
          const change = changed.next();
          for await (const event of walk(runId, next)) {
            if (signal.aborted) return;
            yield event;
            next = event.seq + 1;
          }
          if (!signal.aborted) await change;
        }
      } finally {
        changed.stop();
      }
    },
    async verifyChain(runId) {
      await items.checkReadable(runId, "record", "events");
      let entries = 0;
      for await (const _ of walk(runId, 1)) entries += 1;
      return { entries, sealed: entries };
    },
  };
}

/** The hash a line names as that of the one before, to begin a walk there. */
function prevIn(text: string): string {
  return /"prev":"([0-9a-f]{64})"/.exec(text)?.[1] ?? EMPTY_HEAD.prev;
}
