import { childName, readCompact } from "../../asl/engine.ts";
import type { JournalEntry } from "../../asl/index.ts";
import type { Histories } from "../executions/histories.ts";
import type { Rest } from "../records/record-store.ts";
import type {
  ExecutionRecord,
  ExecutionRecords,
  MapRunGroup,
  MapRunRecord,
  MapRunRecords,
} from "../records/records.ts";

const DIGITS_OF_GROUP = 3;

/** Lets the Map Runs rest of executions that do not run: there may be any number of them. */
export function mapRunRest(executions: ExecutionRecords): (run: MapRunRecord) => Rest<MapRunGroup> | undefined {
  return ({ arn, rootArn }) => {
    if (executions.get(rootArn)?.status === "RUNNING") return undefined;
    return { time: 0, group: { childrenBeginWith: childName(arn, 0).slice(0, DIGITS_OF_GROUP) } };
  };
}

/** Lets those of an execution rest that has ended. */
export async function layMapRunsToRest(mapRuns: MapRunRecords, { arn }: ExecutionRecord): Promise<void> {
  const runs = mapRuns.list().filter(({ rootArn }) => rootArn === arn);
  await Promise.all(runs.map((run) => mapRuns.rest(run.arn)));
}

/**
 * Has the Map Runs in memory of an execution that runs again, those of its children included, as far as they can be read. What
 * cannot comes out where it runs.
 */
export async function wakeMapRuns(mapRuns: MapRunRecords, histories: Histories, execution: ExecutionRecord) {
  const wake = async (arn: string): Promise<void> => {
    if (mapRuns.get(arn) !== undefined) return;
    const run = await mapRuns.read(arn);
    if (run === undefined) return;
    mapRuns.show(run);
    for await (const { text } of histories.journal(run.rootArn, run.logNames)) {
      if (!text.includes(BEGUN)) continue;
      for (const { kind, extra } of readCompact(JSON.parse(text) as JournalEntry)) {
        if (kind.type === BEGUN) await wake((extra as { readonly mapRunArn: string }).mapRunArn);
      }
    }
  };
  try {
    for await (const { mapRunStartedEventDetails: details } of histories.read(execution.arn)) {
      if (details !== undefined) await wake(String(details.mapRunArn));
    }
  } catch {
    // As said.
  }
}

const BEGUN = "MapRunStarted";
