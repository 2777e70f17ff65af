/** Where time comes from. Event times are information; no decision may depend on them. */
export interface WallClock {
  now(): Date;
}

export const systemWallClock: WallClock = { now: () => new Date() };

/** What waits. Decides when something is done or given up, never what comes out. */
export interface Timer {
  /** Milliseconds since a moment that stays the same. */
  now(): number;
  /** @returns cancels the call */
  after(milliseconds: number, call: () => void): () => void;
}

/** Keeps no process alive. */
export const systemTimer: Timer = {
  now: () => performance.now(),
  after(milliseconds, call) {
    const timeout = setTimeout(call, milliseconds);
    timeout.unref();
    return () => clearTimeout(timeout);
  },
};
