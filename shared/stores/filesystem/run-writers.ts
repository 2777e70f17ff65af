import type { PrincipalId, RunId } from "../../contracts/ids.ts";
import { deferred } from "../changes.ts";
import { rfc3339 } from "../clock.ts";
import { LeaseHeldError, type LeaseLostError } from "../errors.ts";
import { checkHolder } from "../identifiers.ts";
import type { LeasePurpose } from "../lease-policy.ts";
import type { StoreNotice } from "../ports.ts";
import type { LeaseSurroundings } from "./lease-claim.ts";
import { translated } from "./os-errors.ts";
import { placeOf } from "./processes.ts";
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

interface Slot {
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
  const slots = new Map<RunId, Slot>();
  /** Kept past the release, so that no append of a holder that was taken over slips in under a lease of its own. */
  const losses = new Map<RunId, LeaseLostError>();

  const openWriter = (runId: RunId, purpose: LeasePurpose, holder: string) =>
    translated(`open run ${runId} for writing`, runsFolder, async () => {
      const writer = await openRunWriter(around, runId, runFolderOf(runsFolder, runId), { holder, purpose });
      for (const notice of writer.notices) notify(notice);
      return writer;
    });

  const openSlot = (runId: RunId, purpose: LeasePurpose, holder: string): Slot => {
    const { promise: gone, resolve } = deferred();
    const settle = () => {
      if (slots.get(runId) === slot) slots.delete(runId);
      resolve();
    };
    const opening = openWriter(runId, purpose, holder);
    const since = around.clock.now();
    const slot: Slot = { purpose, since, holder, opening, users: 0, closing: undefined, gone, settle };
    slots.set(runId, slot);
    opening.catch(settle);
    return slot;
  };

  const close = (runId: RunId, slot: Slot): Promise<void> => {
    slot.closing ??= (async () => {
      const writer = await slot.opening;
      try {
        await writer.release();
      } finally {
        if (slot.purpose === "run" && writer.lost.aborted) losses.set(runId, writer.lost.reason as LeaseLostError);
        slot.settle();
      }
    })();
    return slot.closing;
  };

  const heldHere = (runId: RunId, { holder, since }: Slot) =>
    new LeaseHeldError(runId, { holder, place: placeOf(around.processes.self), since: rfc3339(since) });

  return {
    async hold(runId, holder) {
      checkHolder(holder);
      for (let slot = slots.get(runId); slot !== undefined; slot = slots.get(runId)) {
        if (slot.purpose === "run" && slot.closing === undefined) {
          if (!(await slot.opening).lost.aborted) throw heldHere(runId, slot);
          await close(runId, slot);
        }
        await slot.gone;
      }
      const slot = openSlot(runId, "run", holder);
      const writer = await slot.opening;
      losses.delete(runId);
      return { ...writer, release: () => close(runId, slot) };
    },

    async use(runId, action) {
      for (;;) {
        const slot = slots.get(runId);
        const loss = losses.get(runId);
        if (slot === undefined && loss !== undefined) throw loss;
        if (slot?.closing !== undefined) {
          await slot.gone;
          continue;
        }
        const open = slot ?? openSlot(runId, "append", SHORT_HOLDER);
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
      const slot = slots.get(runId);
      const isMeant = purpose === undefined || (slot?.purpose === purpose && slot.closing === undefined);
      return isMeant ? slot?.opening : undefined;
    },

    async releaseAll() {
      await Promise.all([...slots].map(([runId, slot]) => close(runId, slot).catch(() => undefined)));
    },
  };
}
