import { type Item, MEMBERS, PLANS } from "./items.ts";

/**
 * What logs are legal, said as regular languages over the letters of `items.ts`: one for the run as a whole, one for each
 * state, gate and child run. The fold is a table of transitions with guards; this shares nothing with it.
 *
 * In the run's word `i` is intake entered, `P` completed, `e` another state entered, `B` the failure branch entered;
 * whatever else has to happen before the end is `.`, and left out once it was found legal.
 */
const CREATED = String.raw`\.*(?:S[.iB]*|B[.B]*)?`;
const PREFLIGHT = String.raw`\.*S[.iB]*P[.B]*`;
const EXECUTING = `${PREFLIGHT}e[.eB]*(?:[mo][.B]*[avr][.eB]*)*`;
const BLOCKED = `${EXECUTING}[mo][.B]*`;
const PHASES: readonly (readonly [phase: string, RegExp])[] = (
  [
    ["created", CREATED],
    ["preflight_validated", PREFLIGHT],
    ["executing", EXECUTING],
    ["blocked", BLOCKED],
    ["succeeded", `${EXECUTING}g`],
    ["rolled_back", `${EXECUTING}z`],
    ["failed", `(?:${CREATED}|${PREFLIGHT}|${EXECUTING}|${BLOCKED})x`],
    ["cancelled", `(?:${CREATED}|${PREFLIGHT}|${EXECUTING}|${BLOCKED})[wy]`],
  ] as const
).map(([phase, language]) => [phase, new RegExp(`^(?:${language})$`)]);

const TEMPLATES = new Set([...MEMBERS.values()].map(({ template }) => template));
const STATE = /^$|^(?=E)(?:E[EN]*FN*)*(?:E[EN]*(?:CN*)?)?X?$/;
const GATE = /^(?:f*(?:o[vr]?)?|m[ar]?)$/;
const CHILD = /^(?:s[cdq]?)?$/;
/** What may still happen once somebody has asked for the run to be cancelled, but for the failure branch. */
const WHILE_CANCELLING = /^[CFXNfcdqwy]$/;

/** Words repeat, a million times. */
function remembered<T>(judge: (word: string) => T): (word: string) => T {
  let known = new Map<string, T>();
  return (word) => {
    const before = known.get(word);
    if (before !== undefined) return before;
    if (known.size > 100_000) known = new Map();
    const judged = judge(word);
    known.set(word, judged);
    return judged;
  };
}

const phaseOf = remembered((word) => PHASES.find(([, language]) => language.test(word))?.[0] ?? "illegal");
const isState = remembered((word) => STATE.test(word));
const isGate = remembered((word) => GATE.test(word));
const isChild = remembered((word) => CHILD.test(word));
/** What becomes of a state with this word in a run that has not ended. */
const stateOf = remembered((word) => {
  const last = word.replaceAll("N", "").at(-1);
  return last === undefined ? "pending" : { E: "running", C: "succeeded", F: "failed", X: "compensated" }[last]!;
});

const entriesIn = remembered((word) => word.split("E").length - 1);

/** A run's accepted events as words. */
export class Model {
  #run = "";
  #plan: string | undefined;
  readonly states = new Map<string, string>();
  /** By state: the attempt that entered it last, and may end it. */
  readonly attempts = new Map<string, number>();
  readonly gates = new Map<string, string>();
  readonly children = new Map<string, string>();
  isCancelling = false;
  readonly counts = { entries: 0, fact: 0, escalation: 0, artifact: new Set<string>() };

  get phase(): string {
    return phaseOf(this.#run);
  }

  allows(item: Item): boolean {
    if (item.kind === "nonsense") return false;
    if (item.kind === "telling") return true;
    if (phaseOf(this.#run + letterInRun(item)) === "illegal") return false;
    const { letter, about } = item;
    if (item.kind === "cancel") return !this.isCancelling;
    const isBranch = letter === "E" && about === "record_failure";
    if (this.isCancelling && item.kind !== "followed" && !isBranch && !WHILE_CANCELLING.test(letter)) return false;
    if (!this.isCancelling && /^[wy]$/.test(letter)) return false;
    switch (item.kind) {
      case "state":
        return (
          this.#isPlanned(about) &&
          isState((this.states.get(about) ?? "") + letter) &&
          (!/^[CF]$/.test(letter) || this.attempts.get(about) === item.event.attempt) &&
          (letter !== "E" || this.#isItsRound(about))
        );
      case "gate":
        return isGate((this.gates.get(about) ?? "") + letter);
      case "child":
        return isChild((this.children.get(about) ?? "") + letter);
      case "end":
        return /^[xw]$/.test(letter) || (letter === "g" ? this.#isWhole() : this.#isTakenBack());
      default:
        return true;
    }
  }

  /** @param item one that is allowed */
  take(item: Item): void {
    const { kind, letter, about, event } = item;
    const inRun = kind === "telling" ? "." : letterInRun(item);
    if (inRun !== ".") this.#run += inRun;
    if (kind === "cancel") this.isCancelling = true;
    if (kind === "start") this.#plan = about;
    if (kind === "state") this.states.set(about, (this.states.get(about) ?? "") + letter);
    if (kind === "gate") this.gates.set(about, (this.gates.get(about) ?? "") + letter);
    if (kind === "child") this.children.set(about, (this.children.get(about) ?? "") + letter);
    if (letter === "E") this.attempts.set(about, event.attempt);
    if (letter === "E") this.counts.entries++;
    if (letter === "fact" || letter === "escalation") this.counts[letter]++;
    if (letter === "artifact") this.counts.artifact.add(String(event.payload_ref));
  }

  /** What a state should have become, and how often it was entered; undefined where the record should not know it. */
  expected(short: string): { readonly state: string; readonly entries: number } | undefined {
    const word = this.states.get(short) ?? "";
    const tag = this.#skipTag(short);
    if (tag === undefined && word === "") return undefined;
    const { phase } = this;
    const hasEnded = ["succeeded", "failed", "rolled_back", "cancelled"].includes(phase);
    let state = tag === "" || tag === undefined ? stateOf(word) : "skipped";
    if (hasEnded && state === "running") state = "failed";
    if (hasEnded && state === "pending") state = "skipped";
    return { state, entries: entriesIn(word) };
  }

  /** The skip tag of a state that the record knows from the plan, `""` without one; of a Map until a shard is entered. */
  #skipTag(short: string): string | undefined {
    if (this.#plan === undefined) return undefined;
    const [planned = [], skipped = {}] = PLANS[this.#plan]!;
    if (!planned.includes(short)) return undefined;
    if ([...this.states.keys()].some((entered) => MEMBERS.get(entered)?.template === short)) return undefined;
    return skipped[short] ?? "";
  }

  #isPlanned(short: string): boolean {
    if (short === "record_failure") return true;
    if (this.#plan === undefined || TEMPLATES.has(short)) return false;
    const [planned = [], skipped = {}] = PLANS[this.#plan]!;
    const name = MEMBERS.get(short)?.template ?? short;
    return planned.includes(name) && skipped[name] === undefined;
  }

  /** The last round entered, or the next one when no state of the last is running. */
  #isItsRound(short: string): boolean {
    const { template, round } = MEMBERS.get(short) ?? {};
    if (round === undefined) return true;
    const entered = [...this.states].flatMap(([each, word]) => {
      const member = MEMBERS.get(each);
      return member?.template === template ? [{ round: member?.round ?? 0, word }] : [];
    });
    const last = Math.max(0, ...entered.map((each) => each.round));
    if (round === last) return true;
    return round === last + 1 && entered.every((each) => each.round !== last || stateOf(each.word) !== "running");
  }

  #isWhole(): boolean {
    for (const word of this.states.values()) if (stateOf(word) !== "succeeded") return false;
    for (const word of this.children.values()) if (word === "s") return false;
    for (const word of this.gates.values()) if (word.endsWith("r")) return false;
    return true;
  }

  #isTakenBack(): boolean {
    const words = [...this.states.values()];
    return words.some((word) => word.endsWith("X")) && words.every((word) => word.endsWith("X") || !word.includes("N"));
  }
}

function letterInRun({ kind, letter, about }: Item): string {
  if (kind === "start" || kind === "end") return letter;
  if (kind === "gate") return letter === "f" ? "." : letter;
  if (letter === "E") return about === "intake" ? "i" : about === "record_failure" ? "B" : "e";
  return letter === "C" && about === "intake" ? "P" : ".";
}
