import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  compileStateMachine,
  type FileHistoryLog,
  fileHistoryLog,
  HistoryJournal,
  type HistoryLog,
  Interpreter,
  type InterpreterOptions,
} from "../../../../shared/asl/index.ts";
import { itemStore } from "./item-store.ts";
import type { Engine } from "./work.ts";
import type { Workload } from "./workloads.ts";

const LIFTED: InterpreterOptions = {
  maxHistoryEvents: Number.POSITIVE_INFINITY,
  maxPayloadBytes: Number.POSITIVE_INFINITY,
};

/** Restep's interpreter. @param folder for durable histories, which must not exist yet; without it they are in memory */
export function ownEngine({ own, isWithinLimits }: Workload, folder: string | undefined): Engine {
  const store = own.storedItems === undefined ? undefined : itemStore(own.storedItems);
  const interpreter = new Interpreter({ ...(isWithinLimits ? {} : LIFTED), ...(store && { objects: store }) });
  const machine = compileStateMachine(own.definition);
  const input = own.input();
  const openHistories = store === undefined ? sharedJournal : ownFiles;
  let histories = folder === undefined ? undefined : openHistories(folder);
  return {
    async execute() {
      const history = histories?.next();
      const result = await interpreter.run(machine, input, history && { history });
      if (result.status !== "SUCCEEDED") throw new Error(`${result.status}: ${result.error}: ${result.cause}`);
      return store?.takeWritten() ?? result.output;
    },
    async clear() {
      if (folder === undefined) return;
      await histories?.close();
      await rm(folder, { recursive: true });
      histories = openHistories(folder);
    },
  };
}

interface Histories {
  /** The history of one more execution. */
  next(): HistoryLog;
  close(): Promise<void>;
}

/** Executions that run at the same time share the writes. */
function sharedJournal(folder: string): Histories {
  const file = fileHistoryLog(join(folder, "journal.jsonl"));
  const journal = new HistoryJournal(file);
  let started = 0;
  return { next: () => journal.of(started++), close: () => file.close() };
}

/** Each execution has a file; the children of its Distributed Map, which share one, a second one. */
function ownFiles(folder: string): Histories {
  const files: FileHistoryLog[] = [];
  return {
    next() {
      const file = fileHistoryLog(join(folder, `${files.length}.jsonl`));
      files.push(file);
      return file;
    },
    async close() {
      for (const file of files) await file.close();
    },
  };
}
