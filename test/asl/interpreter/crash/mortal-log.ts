import type { HistoryBatch, HistoryLog } from "../../../../shared/asl/index.ts";

export interface Life {
  /** Writes that succeed, to all logs together; the one after them is the last. */
  writes: number;
  /** Half of the bytes of that last one reach the disk. */
  readonly isTorn: boolean;
  /** Writes under way. */
  readonly pending: Set<Promise<void>>;
}

export class Killed extends Error {}

/** A log, and the logs opened from it, in a process that lives for so many writes. */
export function mortalLog(log: HistoryLog, life: Life): HistoryLog {
  const append = async (batch: HistoryBatch) => {
    life.writes -= 1;
    if (life.writes >= 0) return log.append(batch);
    if (life.writes === -1 && life.isTorn) await log.append(firstHalf(batch));
    throw new Killed();
  };
  return {
    read: () => log.read(),
    ...(log.stream && { stream: () => log.stream!() }),
    append(batch) {
      const write = append(batch);
      life.pending.add(write);
      const done = () => void life.pending.delete(write);
      write.then(done, done);
      return write;
    },
    open: (name) => mortalLog(log.open!(name), life),
  };
}

function firstHalf({ records, events, lines, bytes }: HistoryBatch): HistoryBatch {
  return { records, events, lines, bytes: bytes.subarray(0, bytes.length >> 1) };
}
