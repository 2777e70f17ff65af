import type { StateId } from "../../contracts/ids.ts";
import { scopeOf, stageOf } from "../state-ids.ts";
import { plannedStateOf } from "./planned.ts";
import type { RunRecord, StepRecord } from "./record.ts";

/** A run's one pass through a step: all shards of it, in one round. */
export interface Visit {
  /** Of a state alone its own id; of shards one that stands for them: `x.lift.shard`, `x.try.round_2_shard`. */
  readonly id: StateId;
  /** What the plan has it as: of every round the same. */
  readonly planned: StateId;
  readonly states: readonly EnteredStep[];
  /** `seq` of the first entry. */
  readonly enteredSeq: number;
  /** `seq` of the last end. */
  readonly endedSeq: number;
  /** Every state of it completed, and no gate said no that nobody overrode. */
  readonly isSuccessful: boolean;
  /** A person has said no at its gate, or nothing yet. */
  readonly isUndecided: boolean;
}

export type EnteredStep = StepRecord & { readonly enteredSeq: number };

/** The visits of a run, in the order in which they were entered. The failure branch is none. */
export function visitsOf(record: RunRecord): readonly Visit[] {
  const groups = new Map<StateId, EnteredStep[]>();
  for (const step of record.steps.values()) {
    if (step.stateId === record.failureBranch || !isEntered(step)) continue;
    const id = visitIdOf(step.stateId);
    const states = groups.get(id);
    if (states === undefined) groups.set(id, [step]);
    else states.push(step);
  }
  return [...groups].map(([id, states]) => visitOf(id, states, record)).sort((a, b) => a.enteredSeq - b.enteredSeq);
}

/** The last visit that goes by that name: a step's, such as `link`, or with its round, such as `select.round_2`. */
export function visitNamed(visits: readonly Visit[], name: string): Visit | undefined {
  return visits.findLast(({ id }) => name === stageOf(id) || name === nameOf(id));
}

/** `x.try.round_2_shard` -> `try.round_2`, `x.lift.shard` -> `lift`. */
export function nameOf(visit: StateId): string {
  return scopeOf(visit).replace(/[._]shard$/, "");
}

function isEntered(step: StepRecord): step is EnteredStep {
  return step.enteredSeq !== undefined;
}

function visitIdOf(stateId: StateId): StateId {
  return stateId.replace(/([._]shard)_\d+$/, "$1") as StateId;
}

function visitOf(id: StateId, states: readonly EnteredStep[], { gates }: RunRecord): Visit {
  const decided = states.map(({ stateId }) => [...gates.values()].find((gate) => gate.stateId === stateId)?.state);
  const isUndecided = decided.some((state) => state === "open" || state === "rejected");
  const isPassed = states.every(
    ({ state, failedGate }) =>
      state === "succeeded" && (failedGate === undefined || gates.get(failedGate)?.state === "overridden"),
  );
  return {
    id,
    planned: plannedStateOf(states[0]?.stateId ?? id).planned,
    states,
    enteredSeq: Math.min(...states.map(({ enteredSeq }) => enteredSeq)),
    endedSeq: Math.max(...states.map(({ endedSeq = Number.MAX_SAFE_INTEGER }) => endedSeq)),
    isSuccessful: isPassed && !isUndecided,
    isUndecided,
  };
}
