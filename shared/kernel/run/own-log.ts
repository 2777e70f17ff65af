import type { RunId } from "../../contracts/ids.ts";
import { deferred } from "../../stores/changes.ts";
import type { RunLog } from "../world.ts";
import { type StoresOfLog, storedRunLog } from "./stored-log.ts";

/** What this process has to do with one run's log. */
interface Seat {
  holder: Holder | undefined;
  /** Appends beside a holder, under way. */
  readonly others: Set<Promise<unknown>>;
}

interface Holder {
  /** Undefined where it leaves without having opened one. */
  readonly log: Promise<RunLog | undefined>;
  isLeaving: boolean;
  readonly gone: Promise<void>;
}

/** By event store: nobody else appends behind its back. */
const seats = new WeakMap<object, Map<RunId, Seat>>();

/** A run's log for whoever carries the run out: what others of this process append goes through it meanwhile. */
export interface HeldLog {
  /** Opens it, once no append from before is under way. */
  open<Log extends RunLog>(make: () => Promise<Log>): Promise<Log>;
  /** Nothing more is given to the log; who comes waits. */
  leave(): void;
  /** Who comes appends beside. */
  free(): void;
}

/** To be called when the lease is had, and freed when it is given back. */
export function holdLog({ events }: Pick<StoresOfLog, "events">, runId: RunId): HeldLog {
  const seat = seatOf(events, runId);
  const gone = deferred();
  let open: (log: RunLog | undefined) => void = () => {};
  const opened = new Promise<RunLog | undefined>((resolve) => {
    open = resolve;
  });
  const holder: Holder = { log: opened, isLeaving: false, gone: gone.promise };
  seat.holder = holder;
  const leave = () => {
    holder.isLeaving = true;
    open(undefined);
  };
  return {
    async open(make) {
      await Promise.allSettled(seat.others);
      const log = await make();
      open(log);
      return log;
    },
    leave,
    free() {
      leave();
      if (seat.holder === holder) seat.holder = undefined;
      forgetIdle(events, runId, seat);
      gone.resolve();
    },
  };
}

/**
 * Runs' logs for whoever says something of a run beside those that carry it out. Where one of this process does, its log
 * takes that in: it has counted on being the only writer here.
 */
export function ownRunLog(stores: StoresOfLog): RunLog {
  const stored = storedRunLog(stores);
  const through = async <T>(runId: RunId, use: (log: RunLog) => Promise<T>): Promise<T> => {
    for (;;) {
      const seat = seatOf(stores.events, runId);
      const { holder } = seat;
      if (holder === undefined) {
        const using = use(stored);
        const done = using.catch(() => {});
        seat.others.add(done);
        return using.finally(() => {
          seat.others.delete(done);
          forgetIdle(stores.events, runId, seat);
        });
      }
      const log = await holder.log;
      if (log !== undefined && !holder.isLeaving) return use(log);
      await holder.gone;
    }
  };
  return {
    push: (runId, ...given) => through(runId, (log) => log.push(runId, ...given)),
    view: (runId, stateId) => through(runId, (log) => log.view(runId, stateId)),
    facts: (runId) => through(runId, (log) => log.facts(runId)),
    run: (runId) => through(runId, (log) => log.run(runId)),
  };
}

function seatOf(events: object, runId: RunId): Seat {
  const ofStore = seats.get(events) ?? new Map<RunId, Seat>();
  seats.set(events, ofStore);
  const seat = ofStore.get(runId) ?? { holder: undefined, others: new Set() };
  ofStore.set(runId, seat);
  return seat;
}

function forgetIdle(events: object, runId: RunId, seat: Seat): void {
  const ofStore = seats.get(events);
  const isIdle = seat.holder === undefined && seat.others.size === 0;
  if (isIdle && ofStore?.get(runId) === seat) ofStore.delete(runId);
}
