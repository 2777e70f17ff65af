import type { PrincipalId, RunId } from "../../contracts/ids.ts";
import { deferred } from "../changes.ts";
import { rfc3339 } from "../clock.ts";
import { LeaseHeldError, type LeaseLostError } from "../errors.ts";
import { checkHolder } from "../identifiers.ts";
import type { LeasePurpose } from "../lease-policy.ts";
import type { StoreNotice } from "../ports.ts";
import { describeProcess } from "../processes.ts";
import type { LeaseSurroundings } from "./lease.ts";
import { translated } from "./os-errors.ts";
import { runFolderOf } from "./run-folder.ts";
import { openRunWriter, type RunWriter } from "./run-writer.ts";

export interface RunWriters {
  /** Takes the run until released. @throws LeaseHeldError, NotFoundError, CorruptionError */
  hold(runId: RunId, holder: PrincipalId): Promise<RunWriter>;
  /** Uses the writer this process holds, or takes the lease for just this action. */
  use<T>(runId: RunId, action: (writer: RunWriter) => Promise<T>): Promise<T>;
  /** The writer this process holds now, if it does: for whatever purpose, or for a run and not about to be released. */
  held(runId: RunId, purpose?: "run"): Promise<RunWriter> | undefined;
  releaseAll(): Promise<void>;
}

interface SharedWriter {
  readonly purpose: LeasePurpose;
  readonly since: number;
  readonly holder: string;
  readonly opening: Promise<RunWriter>;
  /** Actions under way, for a lease that ends with the last of them. */
  users: number;
  closing: Promise<void> | undefined;
  /** Resolves when the lease is given back, or was not had. */
  readonly gone: Promise<void>;
  readonly settle: () => void;
}

/** Who holds a lease for one append: no principal, for the event says who acted. */
const SHORT_HOLDER = "restep";

/** The runs this process writes to: at most one writer each, shared by all who append. */
export function runWriters(
  around: LeaseSurroundings,
  runsFolder: string,
  notify: (notice: StoreNotice) => void,
): RunWriters {
  const shared = new Map<RunId, SharedWriter>();
  /** Kept past the release, so that no append of a holder that was taken over slips in under a lease of its own. */
  const losses = new Map<RunId, LeaseLostError>();

  const openWriter = (runId: RunId, purpose: LeasePurpose, holder: string) =>
    translated(`open run ${runId} for writing`, runsFolder, async () => {
      const writer = await openRunWriter(around, runId, runFolderOf(runsFolder, runId), { holder, purpose });
      for (const notice of writer.notices) notify(notice);
      return writer;
    });

  const openShared = (runId: RunId, purpose: LeasePurpose, holder: string): SharedWriter => {
    const { promise: gone, resolve } = deferred();
    const settle = () => {
      if (shared.get(runId) === one) shared.delete(runId);
      resolve();
    };
    const opening = openWriter(runId, purpose, holder);
    const since = around.clock.now();
    const one: SharedWriter = { purpose, since, holder, opening, users: 0, closing: undefined, gone, settle };
    shared.set(runId, one);
    opening.catch(settle);
    return one;
  };

  const close = (runId: RunId, one: SharedWriter): Promise<void> => {
    one.closing ??= (async () => {
      const writer = await one.opening;
      try {
        await writer.release();
      } finally {
        if (one.purpose === "run" && writer.lost.aborted) losses.set(runId, writer.lost.reason as LeaseLostError);
        one.settle();
      }
    })();
    return one.closing;
  };

  const heldHere = (runId: RunId, { holder, since }: SharedWriter) =>
    new LeaseHeldError(runId, { holder, place: describeProcess(around.processes.self), since: rfc3339(since) });

  return {
    async hold(runId, holder) {
      checkHolder(holder);
      for (let one = shared.get(runId); one !== undefined; one = shared.get(runId)) {
        if (one.purpose === "run" && one.closing === undefined) {
          if (!(await one.opening).lost.aborted) throw heldHere(runId, one);
          await close(runId, one);
        }
        await one.gone;
      }
      const one = openShared(runId, "run", holder);
      const writer = await one.opening;
      losses.delete(runId);
      return { ...writer, release: () => close(runId, one) };
    },

    async use(runId, action) {
      for (;;) {
        const one = shared.get(runId);
        const loss = losses.get(runId);
        if (one === undefined && loss !== undefined) throw loss;
        if (one?.closing !== undefined) {
          await one.gone;
          continue;
        }
        const open = one ?? openShared(runId, "append", SHORT_HOLDER);
        open.users += 1;
        try {
          const writer = await open.opening;
          if (writer.lost.aborted) throw writer.lost.reason;
          return await action(writer);
        } finally {
          open.users -= 1;
          // What was appended is durable; a lease that cannot be given back runs out, and the next holder copies the logs.
          if (open.purpose === "append" && open.users === 0) await close(runId, open).catch(() => undefined);
        }
      }
    },

    held(runId, purpose) {
      const one = shared.get(runId);
      const isMeant = purpose === undefined || (one?.purpose === purpose && one.closing === undefined);
      return isMeant ? one?.opening : undefined;
    },

    async releaseAll() {
      await Promise.all([...shared].map(([runId, one]) => close(runId, one).catch(() => undefined)));
    },
  };
}
