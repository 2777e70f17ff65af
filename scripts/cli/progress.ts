import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { stageOf } from "../../shared/kernel/state-ids.ts";
import { formatDuration, mark } from "./format.ts";

/** One stage as a watcher sees it. Times in milliseconds since 1970. */
interface Row {
  state: "running" | "succeeded" | "failed";
  /** Steps completed, of `total`. */
  completed: number;
  readonly total: number;
  readonly counts: Map<string, number>;
  /** How many of these another run did, and which. */
  reused?: { readonly count: number; readonly from: string };
  /** A soft gate that failed, and why. */
  gate?: string;
  readonly from: number;
  to: number;
}

/** One of a stage's shards. */
const SHARD = /\.(round_\d+_)?shard_\d+$/;

/** What a run shows while it works: a line for each stage. Fed the run's events, in order. */
export class Progress {
  readonly #rows = new Map<string, Row>();
  readonly #sharded = new Set<string>();
  #shards = 1;

  /** @returns the stage that this event ended, if it ended one */
  take(event: EventEnvelope): string | undefined {
    const { name, payload } = event;
    if (name === "recomp.run.planned") this.#shards = Number(payload.shards);
    if (name === "recomp.run.stage.completed") this.#count(event);
    if (name === "recomp.gate.failed" && payload.kind === "soft") {
      this.#row(stageOf(String(payload.state_id)), event).gate = `soft gate ${payload.gate} failed: ${payload.reason}`;
    }
    if (event.kind !== "kernel" || typeof payload.state_id !== "string") return undefined;
    const stage = stageOf(payload.state_id);
    if (SHARD.test(payload.state_id)) this.#sharded.add(stage);
    const row = this.#row(stage, event);
    if (name === "state_entered") row.state = "running";
    if (name === "state_completed") {
      row.completed++;
      if (typeof payload.reused_from === "string") {
        row.reused = { count: (row.reused?.count ?? 0) + 1, from: payload.reused_from };
      }
      if (row.completed < row.total) return undefined;
      row.state = "succeeded";
      return stage;
    }
    if (name !== "state_failed") return undefined;
    row.state = "failed";
    return stage;
  }

  lines(): string[] {
    return [...this.#rows.keys()].map((stage) => this.line(stage));
  }

  line(stage: string): string {
    const row = this.#rows.get(stage);
    if (row === undefined) return "";
    const title = this.#sharded.has(stage) ? `${stage} ${row.completed}/${row.total}` : stage;
    const counts = [...row.counts].map(([name, count]) => `${count} ${name.replaceAll("_", " ")}`).join(", ");
    const told = [counts, reusedIn(row), row.gate ?? ""].filter((each) => each !== "").join("; ");
    return `${mark(row.state)} ${title.padEnd(18)} ${formatDuration(row.to - row.from).padStart(7)}  ${told}`.trimEnd();
  }

  #row(stage: string, event: EventEnvelope): Row {
    const now = Date.parse(event.ts);
    let row = this.#rows.get(stage);
    if (row === undefined) {
      const total = this.#sharded.has(stage) ? this.#shards : 1;
      row = { state: "running", completed: 0, total, counts: new Map(), from: now, to: now };
      this.#rows.set(stage, row);
    }
    row.to = now;
    return row;
  }

  /** What a stage counts it says itself; of its shards it adds up. */
  #count(event: EventEnvelope): void {
    const row = this.#row(String(event.payload.stage), event);
    for (const [name, count] of Object.entries((event.payload.counts ?? {}) as Record<string, number>)) {
      row.counts.set(name, (row.counts.get(name) ?? 0) + count);
    }
  }
}

function reusedIn({ reused, completed }: Row): string {
  if (reused === undefined) return "";
  return `${reused.count === completed ? "" : `${reused.count} `}reused from run ${reused.from}`;
}
