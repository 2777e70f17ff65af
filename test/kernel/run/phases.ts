import { expect } from "vitest";
import type { RunPhase } from "../../../shared/kernel/run/record.ts";
import {
  cancelRequested,
  compensated,
  ended,
  enter,
  fail,
  gateOpened,
  log,
  type Row,
  rolledBack,
  started,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";

export const opened = [started(), ...through("intake")];
export const executing = [...opened, enter("plan")];
export const planned = [...opened, ...through("plan")];
export const failing = [
  ...planned,
  ...through("publish"),
  enter("complete"),
  fail("complete"),
  enter("record_failure"),
];
/** Shortest logs that lead a run into each phase. */
export const PHASES: Record<RunPhase, readonly Row[]> = {
  created: [started()],
  preflight_validated: opened,
  executing,
  blocked: [...planned, gateOpened("publish", "manual")],
  succeeded: [...planned, ended()],
  failed: [...executing, fail("plan"), ended("failed")],
  rolled_back: [...failing, compensated("publish"), rolledBack],
  cancelled: [...executing, cancelRequested, ended("cancelled")],
};

/** The phase a log leads to, or `-` where it is refused. */
export function phaseAfter(rows: readonly Row[]): string {
  try {
    return foldEvents(log(...rows)).phase;
  } catch (error) {
    expect(error).toMatchObject({ name: "IllegalTransition", code: "illegal_transition" });
    return "-";
  }
}
