import { ALL, CHILDREN, FOLLOWED, type Item, ROUNDS, SHARDS, TELLING, TELLTALE, the } from "./items.ts";
import type { Random } from "./random.ts";

/** A run as a machine writes it, and the phase it ends in. */
export interface Script {
  readonly items: Item[];
  readonly phase: "succeeded" | "failed" | "rolled_back" | "cancelled";
}

class Failing extends Error {}
/** Carries nothing; made once. */
const FAILING = new Failing();

/** A sensible run: retries, crashes, shards out of order, gates and what people say at them, failures, compensations. */
export function sensibleRun(random: Random): Script {
  const items: Item[] = [];
  const plan = random.pick(["full", "full", "dry", "plain", "loop"]);
  let isPublishEntered = false;

  const say = (letter: string, about?: string, attempt?: number) => items.push(the(letter, about, attempt));
  const chatter = () => {
    if (random.chance(0.2)) items.push(random.pick(random.chance(0.7) ? FOLLOWED : TELLING));
  };
  /** @returns the attempt that may end the state */
  const attempt = (state: string): number => {
    let last = 0;
    say("E", state);
    if (random.chance(0.06)) {
      last = random.below(2);
      say("E", state, last);
    }
    while (random.chance(0.1)) {
      say("F", state, last);
      if (random.chance(0.3)) throw FAILING;
      last = random.below(2);
      say("E", state, last);
    }
    chatter();
    return last;
  };
  const pass = (state: string) => say("C", state, attempt(state));
  const decide = (opened: string, gate: string, yes: string) => {
    say(opened, gate);
    if (random.chance(0.05)) throw FAILING;
    if (random.chance(0.2)) {
      say("r", gate);
      throw FAILING;
    }
    say(yes, gate);
  };

  if (random.chance(0.3)) items.push(random.pick(TELLING));
  say("S", plan);
  try {
    pass("intake");
    const passAll = (shards: readonly string[]) => {
      const begun = shards.map((shard) => [shard, attempt(shard)] as const);
      for (const [shard, last] of random.chance(0.5) ? begun : begun.toReversed()) say("C", shard, last);
    };
    if (plan === "loop") {
      for (const { select, tries } of ROUNDS.slice(0, 1 + random.below(ROUNDS.length))) {
        pass(select);
        passAll(tries);
      }
    } else {
      passAll(SHARDS.slice(0, 1 + random.below(SHARDS.length)));
    }
    if (random.chance(0.1)) {
      const child = random.pick(CHILDREN);
      say("s", child);
      say(random.pick(["c", "d", "q"]), child);
    }
    if (plan === "full" && random.chance(0.3)) {
      say("f", "validation");
      pass("override");
      decide("o", "validation", "v");
    }
    if (plan === "full") {
      pass("approve");
      decide("m", "publish", "a");
    }
    if (plan !== "dry") {
      isPublishEntered = true;
      pass("publish");
    }
    pass("complete");
    say("g");
    return { items, phase: "succeeded" };
  } catch (error) {
    if (error !== FAILING) throw error;
  }
  if (plan !== "full" && random.chance(0.1)) say("f", "validation");
  const isCancelled = random.chance(0.25);
  if (isCancelled) say("k");
  say("E", "record_failure");
  if (random.chance(0.1)) say("E", "record_failure");
  // The state that failed may be `publish` itself: then half of it was done.
  let isTakenBack = false;
  if (isPublishEntered) {
    const isRefused = random.chance(0.3);
    if (isRefused) say("N", "publish");
    isTakenBack = !isRefused || random.chance(0.5);
    if (isTakenBack) say("X", "publish");
  }
  say("C", "record_failure");
  if (isCancelled) {
    say(isTakenBack ? "y" : "w");
    return { items, phase: "cancelled" };
  }
  say(isTakenBack ? "z" : "x");
  return { items, phase: isTakenBack ? "rolled_back" : "failed" };
}

/** The same, damaged in a few places; or going on at random from some point. */
export function damaged({ items }: Script, random: Random): Item[] {
  const any = () => random.pick(random.chance(0.4) ? TELLTALE : ALL);
  if (random.chance(0.3)) {
    const kept = items.slice(0, random.below(items.length + 1));
    for (let more = 2 + random.below(8); more > 0; more--) kept.push(any());
    return kept;
  }
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = random.below(items.length);
    switch (random.below(6)) {
      case 0:
        items.splice(at, 1);
        break;
      case 1:
        items.splice(at, 0, items[at] ?? any());
        break;
      case 2:
        items.splice(at, 0, items.length > 0 ? random.pick(items) : any());
        break;
      case 3:
        items.length = at;
        break;
      case 4:
        items[at] = any();
        break;
      default:
        items.splice(at, 0, any());
    }
  }
  return items;
}
