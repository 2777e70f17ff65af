import type { Submission } from "../../../../shared/contracts/submission.ts";
import { RunFold } from "../../../../shared/kernel/run/fold.ts";
import { openGate, type RunRecord } from "../../../../shared/kernel/run/record.ts";
import { projectStatus } from "../../../../shared/kernel/run/status.ts";
import { RUN_ID, state } from "../events.ts";
import { type Item, STATES } from "./items.ts";
import { Model } from "./model.ts";
import { randomFrom } from "./random.ts";
import { damaged, sensibleRun } from "./script.ts";

/** As documented, written down once more. */
const PATHS = new Set([
  "created preflight_validated",
  "created failed",
  "preflight_validated executing",
  "preflight_validated failed",
  "executing blocked",
  "executing succeeded",
  "executing failed",
  "executing rolled_back",
  "blocked executing",
  "blocked failed",
  "created cancelled",
  "preflight_validated cancelled",
  "executing cancelled",
  "blocked cancelled",
]);
const STATUS_OF: Readonly<Record<string, readonly string[]>> = {
  created: ["queued", "running"],
  preflight_validated: ["running"],
  executing: ["running"],
  blocked: ["blocked"],
  succeeded: ["succeeded"],
  failed: ["failed"],
  rolled_back: ["failed"],
  cancelled: ["failed"],
};
const SENSIBLE = 0.3;
/** One in so many logs is folded again without what was refused. */
const REFOLDED = 4;
const submission = { run_id: RUN_ID, task_lane: "general" } as Submission;
const FULL_IDS = new Map(STATES.map((short) => [short, state(short)]));

export interface Explored {
  readonly sequences: number;
  readonly events: number;
  readonly refused: number;
  /** Runs by the phase in which their log leaves them. */
  readonly phases: Readonly<Record<string, number>>;
  /** The first thing that is not as it should be, and how to make it again. */
  readonly violation?: string;
}

/** Folds `count` random logs beside the model, until the two part. Sequence `n` depends on `seed` and `n` only. */
export function explore(count: number, seed: number): Explored {
  const phases: Record<string, number> = {};
  let events = 0;
  let refused = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    const random = randomFrom(seed + Math.imul(sequence, 0x9e3779b1));
    const script = sensibleRun(random);
    const isSensible = random.chance(SENSIBLE);
    const items = isSensible ? script.items : damaged(script, random);
    const run = new Walk();
    let violation: string | undefined;
    for (const item of items) {
      events++;
      violation = run.step(item);
      if (violation !== undefined) break;
    }
    violation ??= run.end(sequence % REFOLDED === 0);
    if (isSensible && violation === undefined) {
      if (run.refused > 0) violation = "a sensible log was refused";
      else if (run.fold.record.phase !== script.phase) violation = `a sensible log should end ${script.phase}`;
    }
    if (violation !== undefined) {
      const log = items.map(({ event, letter, about }) => `${letter} ${about || event.name}`).join(", ");
      return {
        sequences: sequence + 1,
        events,
        refused,
        phases,
        violation: `seed ${seed}, sequence ${sequence}: ${violation}. The log: ${log}`,
      };
    }
    const { phase } = run.fold.record;
    phases[phase] = (phases[phase] ?? 0) + 1;
    refused += run.refused;
  }
  return { sequences: count, events, refused, phases };
}

/** One log on its way through the fold and the model. */
class Walk {
  readonly fold = new RunFold();
  readonly #model = new Model();
  readonly #accepted: Item[] = [];
  #phase = "created";
  refused = 0;

  /** @returns what is wrong */
  step(item: Item): string | undefined {
    const isLegal = this.#model.allows(item);
    item.event.seq = this.#accepted.length + 1;
    try {
      this.fold.take(item.event);
    } catch (error) {
      this.refused++;
      if ((error as Error).name !== "IllegalTransition") return `${nameOf(item)} threw ${String(error)}`;
      return isLegal ? `${nameOf(item)} was refused, but is legal: ${(error as Error).message}` : undefined;
    }
    if (!isLegal) return `${nameOf(item)} was accepted in phase ${this.#phase}, but is not legal`;
    this.#model.take(item);
    this.#accepted.push(item);
    const { phase } = this.fold.record;
    if (phase !== this.#phase && !PATHS.has(`${this.#phase} ${phase}`)) return `went from ${this.#phase} to ${phase}`;
    this.#phase = phase;
    if (phase !== this.#model.phase) return `${nameOf(item)}: expected phase ${this.#model.phase}, found ${phase}`;
    const isWaiting = phase === "blocked" && !this.#model.isCancelling;
    if (isWaiting !== (openGate(this.fold.record) !== undefined)) return `${phase}, but its gates disagree`;
    return undefined;
  }

  /** Whether the record says what the accepted events, counted again, say; and, if wanted, folded again. */
  end(isWhole: boolean): string | undefined {
    const { record } = this.fold;
    const { counts, gates, children } = this.#model;
    const found = { ...counts, artifact: counts.artifact.size };
    const recounted = {
      entries: record.attemptCount,
      fact: record.facts.length,
      escalation: record.escalations.length,
      artifact: record.artifacts.size,
    };
    for (const [what, count] of Object.entries(recounted)) {
      if (count !== found[what as keyof typeof found]) return `${what}: the record counts ${count}`;
    }
    if (gates.size !== record.gates.size || children.size !== record.children.size) return "gates or children are lost";
    let known = 0;
    for (const [short, stateId] of FULL_IDS) {
      const step = record.steps.get(stateId);
      const expected = this.#model.expected(short);
      if (step?.state !== expected?.state) return `${short}: expected ${expected?.state}, found ${step?.state}`;
      if (step?.entries !== expected?.entries) return `${short}: ${step?.entries} entries, not ${expected?.entries}`;
      if (step !== undefined) known++;
    }
    if (known !== record.steps.size) return `expected ${known} states, found ${record.steps.size}`;
    const status = projectStatus(submission, record);
    if (!STATUS_OF[record.phase]?.includes(status.state)) return `${record.phase}, but its status is ${status.state}`;
    if (status.attempt_count !== counts.entries) return `status counts ${status.attempt_count} attempts`;
    return isWhole && this.refused > 0 ? this.#compareWithout(record) : undefined;
  }

  /** What was refused must have left no trace, not even one that shows later. */
  #compareWithout(record: RunRecord): string | undefined {
    const again = new RunFold();
    for (const [index, { event }] of this.#accepted.entries()) {
      event.seq = index + 1;
      again.take(event);
    }
    const difference = firstDifference(record, again.record, "record");
    return difference === undefined ? undefined : `what was refused left a trace in ${difference}`;
  }
}

function nameOf({ event, letter, about }: Item): string {
  return `${event.name} (${letter} ${about})`;
}

function firstDifference(a: unknown, b: unknown, where: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return where;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  if (left.length !== right.length) return where;
  for (const [index, [key, value]] of left.entries()) {
    if (right[index]![0] !== key) return `${where}.${key}`;
    const difference = firstDifference(value, right[index]![1], `${where}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function entriesOf(value: object): [string, unknown][] {
  if (value instanceof Map) return [...value];
  return value instanceof Set ? [...value].map((each) => [String(each), each]) : Object.entries(value);
}
