import { rfc3339 } from "./clock.ts";
import type { LeaseHolder } from "./ports.ts";

/** A holder that shows no sign of life for this long may be taken over. Milliseconds. */
export const DEFAULT_LEASE_TIME = 30_000;

export type LeasePurpose = LeaseHolder["purpose"];

/** What is known of the present holder. */
export interface HolderFacts {
  readonly epoch: number;
  readonly holder: string;
  /** In the adapter's words. */
  readonly place: string;
  readonly purpose: LeasePurpose;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly lastSeen: number;
  /** Undefined when it cannot be told. */
  readonly isAlive: boolean | undefined;
}

export type TakeoverDecision =
  /** It will give the lease back in a moment. */
  { readonly kind: "wait" } | { readonly kind: "held" } | { readonly kind: "take_over"; readonly why: string };

/** Whether someone else may take the lease now. Safe even when wrong: a holder that is taken over is fenced off. */
export function judgeHolder(facts: HolderFacts, now: number, leaseTime: number): TakeoverDecision {
  if (facts.isAlive === false) return { kind: "take_over", why: `${facts.place} is gone` };
  const silence = now - facts.lastSeen;
  if (silence > leaseTime) return { kind: "take_over", why: `${facts.place} was silent for ${Math.round(silence)} ms` };
  return { kind: facts.purpose === "append" ? "wait" : "held" };
}

export function holderOf(facts: HolderFacts): LeaseHolder {
  const { epoch, holder, place, purpose, isAlive } = facts;
  return { epoch, holder, place, since: rfc3339(facts.since), lastSeen: rfc3339(facts.lastSeen), purpose, isAlive };
}
