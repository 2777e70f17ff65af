import { writeFileSync } from "node:fs";

/**
 * How a file operation goes wrong.
 * - `error`: it fails once with EIO; of a write, half is done by then
 * - `no_space`: it and every later one that needs space fail with ENOSPC
 * - `no_space_once`: it alone fails with ENOSPC: a little room was left, or somebody made some
 * - `torn`: the process is killed half-way through a write
 * - `kill`: the process is killed before it
 */
export const FAULTS = ["error", "no_space", "no_space_once", "torn", "kill"] as const;
export type FaultKind = (typeof FAULTS)[number];

/**
 * What an operation does, each of these also what those before it do: anything; change what is on the disk; need space for
 * that; write bytes.
 */
const DEMANDS = ["any", "change", "space", "write"] as const;
export type Demand = (typeof DEMANDS)[number];

/**
 * The operations that a fault can meet, which are the ones its N counts. A process killed before an operation that changes
 * nothing leaves the same disk as one killed before the next that does.
 */
export const MEETS: Readonly<Record<FaultKind, Demand>> = {
  error: "any",
  no_space: "space",
  no_space_once: "space",
  torn: "write",
  kill: "change",
};

/** Fails the `at`th operation (from 1) of those it can meet, over all threads of a process. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
}

/** Whether the process dies of it. */
export function isDeadly({ kind }: Fault): boolean {
  return kind === "torn" || kind === "kill";
}

/** Operations so far, by what they do. */
export type Operations = Readonly<Record<Demand, number>>;

/** What all threads of one attempt share: workers get it with their settings. */
export interface FaultSettings {
  readonly fault?: Fault;
  /** Operations by demand, and whether the fault has struck. */
  readonly counters: SharedArrayBuffer;
  /** File that says what the fault struck: a killed process can tell it no other way. */
  readonly tracePath: string;
}

const STRUCK = DEMANDS.length;
export const COUNTERS_SIZE = (STRUCK + 1) * Int32Array.BYTES_PER_ELEMENT;

export type Verdict = "go_on" | "refuse_io" | "refuse_space" | "die" | "die_half_way";

const VERDICTS: Readonly<Record<FaultKind, Verdict>> = {
  error: "refuse_io",
  no_space: "refuse_space",
  no_space_once: "refuse_space",
  torn: "die_half_way",
  kill: "die",
};

/** Counts operations, and says what becomes of each. */
export interface FaultCounter {
  meet(demand: Demand, operation: string): Verdict;
  operations(): Operations;
}

export function faultCounter({ fault, counters, tracePath }: FaultSettings): FaultCounter {
  const shared = new Int32Array(counters);
  const read = (demand: Demand) => Atomics.load(shared, DEMANDS.indexOf(demand));
  /** @returns how many of those the fault can meet there were, this one included; 0 when it is none */
  const count = (demand: Demand): number => {
    let ordinal = 0;
    for (const [index, each] of DEMANDS.slice(0, DEMANDS.indexOf(demand) + 1).entries()) {
      const before = Atomics.add(shared, index, 1);
      if (fault !== undefined && each === MEETS[fault.kind]) ordinal = before + 1;
    }
    return ordinal;
  };
  return {
    meet(demand, operation) {
      const ordinal = count(demand);
      if (fault === undefined || ordinal === 0) return "go_on";
      if (fault.kind === "no_space" && Atomics.load(shared, STRUCK) === 1) return "refuse_space";
      if (ordinal !== fault.at) return "go_on";
      writeFileSync(tracePath, operation);
      Atomics.store(shared, STRUCK, 1);
      return VERDICTS[fault.kind];
    },
    operations: () => ({ any: read("any"), change: read("change"), space: read("space"), write: read("write") }),
  };
}
