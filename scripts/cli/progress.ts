import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { stageOf } from "../../shared/kernel/state-ids.ts";
import { WorkingTimes } from "../../shared/runs/working-times.ts";
import { formatDuration, mark } from "./format.ts";

/** One stage as a watcher sees it. */
interface Row {
  state: "running" | "waiting" | "succeeded" | "failed";
  readonly entered: Set<string>;
  readonly completed: Set<string>;
  readonly counts: Map<string, number>;
  /** How many of these another run did, and which. */
  reused?: { readonly count: number; readonly from: string };
  /** What there is to say besides: of a gate, of who decided. */
  note?: string;
}

/** One of a stage's shards. */
const SHARD = /\.(?:round_(\d+)_)?shard_\d+$/;

/** What a run shows while it works: a line for each stage. Fed the run's events, in order. */
export class Progress {
  readonly #rows = new Map<string, Row>();
  readonly #times = new WorkingTimes();
  readonly #sharded = new Set<string>();
  /** Stages whose gates wait, by the gate. */
  readonly #gates = new Map<string, string>();
  #rounds = 1;

  /** @returns the stage that this event ended, or left waiting, if it did */
  take(event: EventEnvelope): string | undefined {
    const { name, payload } = event;
    this.#times.take(event);
    if (event.kind === "domain") return this.#takeDomainEvent(event);
    if (typeof payload.state_id !== "string") return undefined;
    const stateId = payload.state_id;
    const stage = stageOf(stateId);
    const shard = SHARD.exec(stateId);
    if (shard !== null) this.#sharded.add(stage);
    this.#rounds = Math.max(this.#rounds, Number(shard?.[1] ?? 1));
    const row = this.#row(stage);
    if (name === "state_entered") {
      row.entered.add(stateId);
      row.state = "running";
    }
    if (name === "state_completed") {
      row.completed.add(stateId);
      if (typeof payload.reused_from === "string") {
        row.reused = { count: (row.reused?.count ?? 0) + 1, from: payload.reused_from };
      }
      if (row.completed.size < this.#total(stage)) return undefined;
      if (row.state !== "waiting") row.state = "succeeded";
      return stage;
    }
    if (name !== "state_failed") return undefined;
    row.state = "failed";
    return stage;
  }

  /** @param now milliseconds since 1970, for what is under way; default: as of the last event */
  lines(now?: number): string[] {
    return [...this.#rows.keys()].map((stage) => this.line(stage, now));
  }

  line(stage: string, now?: number): string {
    const row = this.#rows.get(stage);
    if (row === undefined) return "";
    const title = this.#sharded.has(stage) ? `${stage} ${row.completed.size}/${this.#total(stage)}` : stage;
    const counts = [...row.counts].map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ");
    const told = [counts, reusedIn(row), row.note ?? ""].filter((each) => each !== "").join("; ");
    const duration = formatDuration(this.#times.durationOf(stage, now)).padStart(7);
    return `${mark(row.state)} ${title.padEnd(18)} ${duration}  ${told}`.trimEnd();
  }

  /** Stages that have ended. */
  done(): string[] {
    return [...this.#rows].flatMap(([stage, { state }]) => (state === "succeeded" ? [stage] : []));
  }

  /** The process that was told of so far is gone: time counts again from now. */
  goOn(now: number): void {
    this.#times.goOn(now);
  }

  #takeDomainEvent({ name, payload }: EventEnvelope): string | undefined {
    if (name === "recomp.run.stage.completed") this.#count(payload);
    if (name === "recomp.gate.failed" && payload.kind === "soft") {
      this.#row(stageOf(String(payload.state_id))).note = `soft gate ${payload.gate} failed: ${payload.reason}`;
    }
    if (name === "recomp.gate.opened") {
      const stage = stageOf(String(payload.state_id));
      this.#gates.set(String(payload.gate), stage);
      const row = this.#row(stage);
      row.state = "waiting";
      row.note = `waits for a person to decide at gate ${payload.gate}`;
    }
    if (name !== "recomp.gate.decided" && name !== "recomp.gate.override_applied") return undefined;
    return this.#decide(String(payload.gate), String(payload.decision ?? "overridden"), String(payload.by));
  }

  #decide(gate: string, decision: string, by: string): string | undefined {
    const stage = this.#gates.get(gate);
    if (stage === undefined) return undefined;
    const row = this.#row(stage);
    row.state = decision === "rejected" ? "failed" : "succeeded";
    row.note = `gate ${gate} ${decision} by ${by}`;
    return stage;
  }

  #row(stage: string): Row {
    let row = this.#rows.get(stage);
    if (row === undefined) {
      row = { state: "running", entered: new Set(), completed: new Set(), counts: new Map() };
      this.#rows.set(stage, row);
    }
    return row;
  }

  /** How many states a stage has, as far as is known: a plan says how many shards, and no event how many rounds. */
  #total(stage: string): number {
    const { entered } = this.#row(stage);
    const planned = this.#sharded.has(stage) ? (this.#times.shards ?? 1) * this.#rounds : 1;
    return Math.max(entered.size, planned);
  }

  /** What a stage counts it says itself; of its shards it adds up. */
  #count(payload: EventEnvelope["payload"]): void {
    const row = this.#row(String(payload.stage));
    for (const [name, count] of Object.entries((payload.counts ?? {}) as Record<string, number>)) {
      row.counts.set(name, (row.counts.get(name) ?? 0) + count);
    }
  }
}

function reusedIn({ reused, completed }: Row): string {
  if (reused === undefined) return "";
  return `${reused.count === completed.size ? "" : `${reused.count} `}reused from run ${reused.from}`;
}
