import type { EventEnvelope } from "../../contracts/event.ts";
import type { RunId } from "../../contracts/ids.ts";
import { ConcurrencyError } from "../errors.ts";
import { checkReadable } from "../formats.ts";
import { decodeEvent, decodeJson, EMPTY_HEAD, encodeEvents, encodeJson, hashOf } from "../log-lines.ts";
import type { EventStore, HistoryStore } from "../ports.ts";
import type { MemoryLeases } from "./leases.ts";
import { type MemoryRun, type MemoryWorld, runOf } from "./world.ts";

const WHERE = "memory";

export function memoryEvents(world: MemoryWorld, leases: MemoryLeases): EventStore {
  return {
    head: async (runId) => readableRun(world, runId, "events").head,
    append: async (runId, expectedSeq, events) => {
      const run = runOf(world, runId);
      return leases.underLease(runId, () => {
        if (run.head.seq !== expectedSeq) throw new ConcurrencyError(runId, expectedSeq, run.head.seq);
        const { lines, appended } = encodeEvents(runId, run.head, events);
        for (const line of lines) run.events.push(Buffer.from(line));
        run.head = appended.head;
        run.changes.announce();
        return appended;
      });
    },
    async *read(runId, fromSeq = 1, toSeq = Number.POSITIVE_INFINITY) {
      for (const event of decodeFrom(runId, readableRun(world, runId, "events"), fromSeq)) {
        if (event.seq > toSeq) return;
        yield event;
      }
    },
    async *follow(runId, fromSeq, signal) {
      const run = readableRun(world, runId, "events");
      signal.addEventListener("abort", run.changes.announce);
      try {
        let next = fromSeq;
        while (!signal.aborted) {
          const change = run.changes.next();
          for (const event of decodeFrom(runId, run, next)) {
            if (signal.aborted) return;
            yield event;
            next = event.seq + 1;
          }
          if (!signal.aborted) await change;
        }
      } finally {
        signal.removeEventListener("abort", run.changes.announce);
      }
    },
    verifyChain: async (runId) => {
      const run = readableRun(world, runId, "events");
      for (const _ of decodeFrom(runId, run, 1));
      return { entries: run.events.length, sealed: 0 };
    },
  };
}

export function memoryHistory(world: MemoryWorld, leases: MemoryLeases): HistoryStore {
  return {
    append: async (runId, entries) => {
      const { history } = runOf(world, runId);
      return leases.underLease(runId, () => {
        for (const line of encodeJson(entries)) history.push(Buffer.from(line));
        return history.length;
      });
    },
    async *read(runId) {
      for (const [index, line] of [...readableRun(world, runId, "history").history].entries())
        yield decodeJson(index + 1, line, WHERE);
    },
    verify: async (runId) => {
      const { history } = readableRun(world, runId, "history");
      for (const [index, line] of history.entries()) decodeJson(index + 1, line, WHERE);
      return { entries: history.length, sealed: 0 };
    },
  };
}

/** @throws NotFoundError, UnsupportedFormatError */
function readableRun(world: MemoryWorld, runId: RunId, log: "events" | "history"): MemoryRun {
  const run = runOf(world, runId);
  checkReadable(runId, run.record.formats, "record", log);
  return run;
}

/** The events as they stand when the walk begins, chained to the one before `fromSeq`. */
function* decodeFrom(runId: RunId, run: MemoryRun, fromSeq: number): Generator<EventEnvelope> {
  const skipped = Math.max(0, fromSeq - 1);
  const before = run.events[skipped - 1];
  let head = before === undefined ? EMPTY_HEAD : { seq: skipped, prev: hashOf(before) };
  if (skipped > run.events.length) return;
  for (const line of run.events.slice(skipped)) {
    const decoded = decodeEvent(runId, head, line, WHERE);
    head = decoded.head;
    yield decoded.event;
  }
}
