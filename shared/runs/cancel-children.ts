import type { Cancellation } from "../contracts/cancellation.ts";
import type { RunId } from "../contracts/ids.ts";
import type { RunRecord } from "../kernel/run/record.ts";
import { isTerminal } from "../kernel/run/transitions.ts";
import { systemClock } from "../stores/clock.ts";
import type { Stores } from "../stores/ports.ts";
import { readRun } from "./read-run.ts";

export interface CarryingCancelled {
  /** Takes a run as far as it goes. */
  carryOn(runId: RunId): Promise<unknown>;
  /** Ends the waiting for whoever holds a run. */
  readonly signal: AbortSignal;
  /** Waits so many milliseconds. Default: of this machine's clock. */
  delay?(milliseconds: number): Promise<void>;
}

/** How often to look whether a run's holder has heard, or let go. Milliseconds. */
const LOOK_AGAIN = 100;

/**
 * Carries on a run that somebody wants cancelled. Where another holds it, that one cancels it as soon as it hears; and one
 * that only had it for a moment, or died, leaves it to this.
 * @returns the run as it is once it was carried on, its holder has heard, or the signal aborted
 * @throws what `carryOn` throws, but that another holds the run
 */
export async function carryUntilHeard(
  stores: Pick<Stores, "runs" | "events">,
  runId: RunId,
  { carryOn, signal, delay = systemClock.delay }: CarryingCancelled,
): Promise<RunRecord> {
  for (;;) {
    const isHeld = await isHeldWhen(() => carryOn(runId));
    const { record } = await readRun(stores, runId);
    const isHeard = record.cancellation !== undefined || isTerminal(record.phase);
    if (!isHeld || isHeard || signal.aborted) return record;
    await delay(LOOK_AGAIN);
  }
}

async function isHeldWhen(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return false;
  } catch (error) {
    if ((error as Error).name === "LeaseHeldError") return true;
    throw error;
  }
}

/**
 * Cancels the child runs of a run that is being cancelled: all are asked for before the first is carried on, so that none
 * goes on for what becomes of another.
 * @returns what kept a child from being cancelled
 */
export async function cancelChildren(
  stores: Pick<Stores, "runs" | "events" | "cancellations">,
  runId: RunId,
  { children }: RunRecord,
  { by, reason: why }: Cancellation,
  carrying: CarryingCancelled,
): Promise<unknown[]> {
  const reason = `its parent run ${runId} was cancelled: ${why}`.slice(0, 1_000);
  const failures: unknown[] = [];
  const each = async (runIds: Iterable<RunId>, action: (child: RunId) => Promise<void>) => {
    for (const child of runIds) await action(child).catch((error) => failures.push(error));
  };
  const asked: RunId[] = [];
  const running = [...children.values()].filter(({ status }) => status === "running");
  await each(
    running.map((child) => child.runId),
    async (child) => {
      // It may have ended, and its parent not have heard.
      if (isTerminal((await readRun(stores, child)).record.phase)) return;
      await stores.cancellations.request(child, { by, reason });
      asked.push(child);
    },
  );
  await each(asked, async (child) => void (await carryUntilHeard(stores, child, carrying)));
  return failures;
}
