import { rm } from "node:fs/promises";
import {
  compileStateMachine,
  fileHistoryLog,
  HistoryJournal,
  Interpreter,
  type InterpreterOptions,
} from "../../../shared/asl/index.ts";
import { itemStore } from "./item-store.ts";
import type { Engine } from "./work.ts";
import type { Workload } from "./workloads.ts";

const LIFTED: InterpreterOptions = {
  maxHistoryEvents: Number.POSITIVE_INFINITY,
  maxPayloadBytes: Number.POSITIVE_INFINITY,
};

/** Restep's interpreter. @param journalFile for the histories, which share its writes; without it they are in memory */
export function ownEngine({ own, isWithinLimits }: Workload, journalFile: string | undefined): Engine {
  const store = own.storedItems === undefined ? undefined : itemStore(own.storedItems);
  const interpreter = new Interpreter({ ...(isWithinLimits ? {} : LIFTED), ...(store && { objects: store }) });
  const machine = compileStateMachine(own.definition);
  const input = own.input();
  const journal = journalFile === undefined ? undefined : openJournal(journalFile);
  return {
    async execute() {
      const history = journal?.next();
      const result = await interpreter.run(machine, input, history && { history });
      if (result.status !== "SUCCEEDED") throw new Error(`${result.status}: ${result.error}: ${result.cause}`);
      return store?.takeWritten() ?? result.output;
    },
    ...(journal && { clear: journal.clear }),
  };
}

function openJournal(path: string) {
  let started = 0;
  let file = fileHistoryLog(path);
  let journal = new HistoryJournal(file);
  return {
    /** The history of one more execution. */
    next: () => journal.of(started++),
    async clear() {
      await file.close();
      await rm(path);
      file = fileHistoryLog(path);
      journal = new HistoryJournal(file);
    },
  };
}
