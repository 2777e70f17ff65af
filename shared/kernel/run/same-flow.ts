import type { RunId } from "../../contracts/ids.ts";
import { FlowChanged } from "../errors.ts";
import type { Flow } from "../flow.ts";
import type { RunRecord } from "./record.ts";

/** What a run's log says of the flow that it was begun under. */
export type BegunUnder = Pick<RunRecord, "startedAt" | "opId" | "opVersion" | "stateMachineSha256">;

/**
 * A run goes on, and is replayed, under what it was begun under: its history is of that definition, and its states are those of that version.
 * @param stateMachineSha256 of the definition's text as it is now
 * @throws {FlowChanged} when flow, version or definition is another
 */
export function expectSameFlow(runId: RunId, record: BegunUnder, flow: Flow, stateMachineSha256: string): void {
  if (isSameFlow(record, flow, stateMachineSha256)) return;
  const { opId, opVersion, stateMachineSha256: begunUnder } = record;
  throw new FlowChanged(
    runId,
    describe(opId, opVersion, begunUnder),
    describe(flow.name, flow.version, stateMachineSha256),
  );
}

/** Whether a run that has not begun, or was begun under this, can go on. */
export function isSameFlow(record: BegunUnder, flow: Flow, stateMachineSha256: string): boolean {
  const { startedAt, opId, opVersion, stateMachineSha256: begunUnder } = record;
  if (startedAt === undefined) return true;
  return opId === flow.name && opVersion === flow.version && begunUnder === stateMachineSha256;
}

function describe(
  name = "an unnamed flow",
  version = "before versions were recorded",
  sha256 = "not recorded",
): string {
  return `${name} ${version} (state machine ${sha256.slice(0, 12)})`;
}
