/** Where time comes from. Event times are information; no decision may depend on them. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
