import { describe, expect, it } from "vitest";
import { openGate } from "../../../shared/kernel/run/record.ts";
import { runStateOf } from "../../../shared/kernel/run/status.ts";
import {
  cancelledRolledBack,
  cancelRequested,
  compensated,
  complete,
  decided,
  ended,
  enter,
  fail,
  gateFailed,
  gateOpened,
  log,
  notCompensated,
  type Row,
  rolledBack,
  spawned,
  started,
  state,
  through,
} from "./events.ts";
import { foldEvents } from "./fold-events.ts";
import { executing, opened, PHASES, phaseAfter, planned } from "./phases.ts";

const cancelling = [...planned, enter("link"), cancelRequested];

describe("a run that is being cancelled", () => {
  it("says who wanted it and why, and is where it was until it has ended", () => {
    expect(foldEvents(log(...cancelling))).toMatchObject({
      phase: "executing",
      cancellation: { by: "alice", reason: "wrong binary" },
    });
  });

  it("ends as that, and no other does: its log says which of both it was", () => {
    const ending =
      (...rows: Row[]) =>
      () =>
        foldEvents(log(...planned, ...rows));
    expect(ending(cancelRequested, ended("failed"))).toThrow("cannot go from being cancelled to failed");
    expect(ending(ended("cancelled"))).toThrow("cannot go from going on to cancelled");
  });

  const allowed: [string, readonly Row[]][] = [
    ["the failure branch", [enter("record_failure"), complete("record_failure")]],
    ["the end of a state that was under way", [complete("link")]],
    ["the failure of a state that was under way", [fail("link")]],
    ["a hard gate that fails under way", [gateFailed("verify_artifacts", "link")]],
    ["a compensation", [compensated("link")]],
  ];
  it.each(allowed)("takes in %s", (_name, rows) => {
    expect(phaseAfter([...cancelling, ...rows, ended("cancelled")])).toBe("cancelled");
  });

  const refused: [string, Row][] = [
    ["enters no further state", enter("package")],
    ["enters no state again", enter("link", 1)],
    ["is not asked for twice", cancelRequested],
    ["does not succeed", ended()],
    ["does not fail", ended("failed")],
    ["is not rolled back as a failure", rolledBack],
    ["opens no gate", gateOpened("publish", "manual")],
    ["begins no child run", spawned()],
  ];
  it.each(refused)("%s", (_name, row) => {
    expect(phaseAfter([...planned, ...through("link"), cancelRequested, row])).toBe("-");
  });

  it("does not start", () => {
    expect(phaseAfter([cancelRequested, started()])).toBe("-");
    expect(phaseAfter([cancelRequested, ended("cancelled")])).toBe("cancelled");
  });

  it("waits at no gate, and nobody decides there", () => {
    const blocked = [...PHASES.blocked, cancelRequested];
    expect(openGate(foldEvents(log(...blocked)))).toBeUndefined();
    expect(phaseAfter([...blocked, decided("publish", "approved")])).toBe("-");
    expect(phaseAfter([...blocked, ended("cancelled")])).toBe("cancelled");
  });
});

describe("a run that was cancelled", () => {
  const record = foldEvents(log(...cancelling, ended("cancelled")));

  it("is shown as failed", () => {
    expect(runStateOf(record)).toBe("failed");
  });

  it("has failed at what was under way, and skipped the rest because of it", () => {
    expect(record.steps.get(state("link"))?.state).toBe("failed");
    expect(record.steps.get(state("publish"))).toMatchObject({ state: "skipped", skippedBy: "the run was cancelled" });
  });

  it("says whether it was rolled back", () => {
    const rows = [...opened, ...through("publish"), cancelRequested, enter("record_failure")];
    expect(foldEvents(log(...rows, compensated("publish"), cancelledRolledBack))).toMatchObject({
      phase: "cancelled",
      isRolledBack: true,
    });
    expect(foldEvents(log(...rows, compensated("publish"), ended("cancelled")))).not.toHaveProperty("isRolledBack");
    expect(phaseAfter([...rows, cancelledRolledBack])).toBe("-");
    expect(phaseAfter([...rows, compensated("publish"), notCompensated("intake"), cancelledRolledBack])).toBe("-");
  });

  it("was asked to: a log that does not say by whom is refused", () => {
    expect(phaseAfter([...executing, ended("cancelled")])).toBe("-");
    for (const field of ["by", "reason"]) {
      const payload = { ...cancelRequested.payload, [field]: undefined };
      expect(() => foldEvents(log(...executing, { ...cancelRequested, payload }))).toThrow(`payload.${field}`);
    }
  });
});
