import { LeaseLostError, type LeaseSubject } from "../errors.ts";
import { isMissing } from "./file-system.ts";
import { beat, checkLease, type HeldLease, type LeaseSurroundings } from "./lease.ts";

export interface LeaseWatch {
  /** Aborts once the loss was noticed. */
  readonly lost: AbortSignal;
  /** @throws LeaseLostError when the lease is gone */
  check(): Promise<void>;
  /** Does something in the lease's folder; that it is missing there means that the lease is. @throws LeaseLostError */
  guard<T>(action: () => Promise<T>): Promise<T>;
  stop(): void;
}

/** Shows signs of life for a lease, and remembers when it was found to be lost. */
export function watchLease(
  { fs, clock, leaseTime }: LeaseSurroundings,
  subject: LeaseSubject,
  lease: HeldLease,
): LeaseWatch {
  const loss = new AbortController();
  const noting = async (look: Promise<void>) => {
    try {
      await look;
    } catch (error) {
      if (error instanceof LeaseLostError) {
        stop();
        // Only the first is told.
        loss.abort(error);
      }
      throw error;
    }
  };
  const stop = clock.every(leaseTime / 3, () => {
    // When it fails otherwise, the next beat may fare better; and every append looks for itself.
    noting(beat(fs, clock, subject, lease)).catch(() => undefined);
  });
  const check = () => noting(checkLease(fs, subject, lease));
  return {
    lost: loss.signal,
    check,
    async guard(action) {
      try {
        return await action();
      } catch (error) {
        if (isMissing(error)) await check();
        throw error;
      }
    },
    stop,
  };
}
