import type { LiftRecord, PlannedFunction } from "../../contracts/program.ts";
import type { TestRecord } from "../../contracts/validation.ts";
import { describeObstacles, whyNot } from "../../stages/validation-verdict.ts";
import type { FunctionDocuments } from "./documents.ts";

/**
 * How a function stands: `planned` (not lifted yet), `excluded`, `not_lifted`, `lifted` (not tested yet), or what its tests
 * came to.
 */
export const FUNCTION_STATUSES = [
  "tested",
  "untested",
  "disproven",
  "lifted",
  "not_lifted",
  "excluded",
  "planned",
] as const;
export type FunctionStatus = (typeof FUNCTION_STATUSES)[number];

/** One function of a run, in one line. */
export interface FunctionRow {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  /** Bytes. */
  readonly size: number;
  readonly found_by: PlannedFunction["origin"];
  readonly status: FunctionStatus;
  /** Why it stands so, where the status does not say it all. */
  readonly reason?: string;
  /** Instructions at which it traps because they cannot be lifted. */
  readonly obstacles: number;
  /** Which of the config's runs reach it. */
  readonly runs: readonly number[];
  /** Of its instructions, so many ran in conclusive inputs; once it is tested. */
  readonly instructions: number;
  readonly instructions_run?: number;
}

export interface FunctionTotals {
  readonly functions: number;
  readonly bytes: number;
  readonly by_status: Readonly<Partial<Record<FunctionStatus, number>>>;
  readonly with_obstacles: number;
  readonly instructions: number;
  readonly instructions_run: number;
}

/** The functions of a run, in address order. */
export interface FunctionList {
  readonly run_id: string;
  readonly program: string;
  readonly totals: FunctionTotals;
  readonly functions: readonly FunctionRow[];
}

/** Which functions are asked for: those of any of the statuses, or with obstacles; all where it names none. */
export interface FunctionFilter {
  readonly statuses?: readonly FunctionStatus[];
  readonly withObstacles?: boolean;
}

/** Totals are those of all functions. */
export function listFunctions(
  documents: FunctionDocuments,
  { statuses = [], withObstacles = false }: FunctionFilter = {},
): FunctionList {
  const rows = functionRows(documents);
  const isAll = statuses.length === 0 && !withObstacles;
  return {
    run_id: documents.submission.run_id,
    program: documents.plan.name,
    totals: totalsOf(rows),
    functions: isAll
      ? rows
      : rows.filter((row) => statuses.includes(row.status) || (withObstacles && row.obstacles > 0)),
  };
}

export function functionRows({ plan, traced, lifted, tested }: FunctionDocuments): FunctionRow[] {
  const reachedBy = new Map<number, number[]>();
  for (const [run, { functions }] of traced.runs.entries()) {
    for (const { index } of functions) reachedBy.set(index, [...(reachedBy.get(index) ?? []), run]);
  }
  return plan.functions.map((planned) => {
    const { index, name, address, size, origin } = planned;
    const lift = lifted.get(index);
    const test = tested.get(index);
    const reason = reasonOf(planned, lift, test);
    return {
      index,
      name,
      address,
      size,
      found_by: origin,
      status: test?.status ?? statusOf(planned, lift),
      ...(reason === undefined ? {} : { reason }),
      obstacles: lift?.obstacles?.length ?? 0,
      runs: reachedBy.get(index) ?? [],
      instructions: test?.instructions ?? size / 4,
      ...(test === undefined ? {} : { instructions_run: test.instructions_run }),
    };
  });
}

function statusOf({ treatment }: PlannedFunction, lift: LiftRecord | undefined): FunctionStatus {
  if (treatment === "exclude") return "excluded";
  if (lift === undefined) return "planned";
  return lift.status === "not_lifted" ? "not_lifted" : "lifted";
}

function reasonOf(
  { treatment, returns }: PlannedFunction,
  lift: LiftRecord | undefined,
  test: TestRecord | undefined,
): string | undefined {
  const disagreement = test?.disagreement;
  if (disagreement !== undefined) {
    const { input, what, expected, found, divergence } = disagreement;
    const first = divergence === undefined ? "" : `; ${divergence.says}`;
    return `${input}: ${what}: expected ${expected}, found ${found}${first}`;
  }
  if (treatment === "stub") return `a stub that returns ${returns ?? 0}`;
  if (lift?.status === "not_lifted") return whyNot(lift);
  const untested = test?.status === "untested" ? [`none of ${test.inconclusive_states} inputs was conclusive`] : [];
  const [first, ...others] = lift?.obstacles ?? [];
  const obstacles = first === undefined ? [] : [describeObstacles(first, others.length)];
  return [...untested, ...obstacles].join("; ") || undefined;
}

function totalsOf(rows: readonly FunctionRow[]): FunctionTotals {
  const by_status: Partial<Record<FunctionStatus, number>> = {};
  for (const { status } of rows) by_status[status] = (by_status[status] ?? 0) + 1;
  const sum = (countOf: (row: FunctionRow) => number) => rows.reduce((total, row) => total + countOf(row), 0);
  return {
    functions: rows.length,
    bytes: sum(({ size }) => size),
    by_status,
    with_obstacles: rows.filter(({ obstacles }) => obstacles > 0).length,
    instructions: sum((row) => (row.instructions_run === undefined ? 0 : row.instructions)),
    instructions_run: sum((row) => row.instructions_run ?? 0),
  };
}
