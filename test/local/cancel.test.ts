import { describe, expect, it } from "vitest";
import type { ExecutionHandle } from "../../shared/asl/index.ts";
import { PrincipalId, StateId } from "../../shared/contracts/ids.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { RetryBudgetExhausted, TransientIo, toErrorInfo, ValidationFailed } from "../../shared/kernel/errors.ts";
import { RunFold } from "../../shared/kernel/run/fold.ts";
import { cancellationOf, carryOutCancellation } from "../../shared/local/cancel.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { NoSpaceError } from "../../shared/stores/errors.ts";
import {
  cancelledRolledBack,
  compensated,
  complete,
  enter,
  log,
  place,
  type Row,
  RUN_ID,
  started,
  state,
  through,
} from "../kernel/run/events.ts";

const WHY = { by: PrincipalId.parse("alice"), reason: "wrong binary" };
const BEGUN = [started(["intake", "publish", "link"]), ...through("intake", "publish"), enter("link")];

class Killed extends Error {}

/** A run whose world is on record; the process dies at its `lives`th step. */
function world(begun: readonly Row[] = BEGUN) {
  const rows: Row[] = [...begun];
  const done = { stops: 0, withdrawals: 0 };
  const fold = () => {
    const folded = new RunFold();
    for (const event of log(...rows)) folded.take(event);
    return folded;
  };
  /** A process, which takes in what was written before. */
  const processWith = (lives: number, failing?: Error, failures = Number.POSITIVE_INFINITY) => {
    const pauses: number[] = [];
    const ofChildren: Error[] = [];
    const folded = fold();
    const calls: object[] = [];
    const step = () => {
      if (lives-- <= 0) throw new Killed("killed");
    };
    const write = (...more: readonly Row[]) => {
      step();
      for (const row of more) folded.take(place(row, rows.push(row)));
    };
    const execution = {
      stop: (failure: object) => {
        step();
        done.stops++;
        calls.push(failure);
      },
      result: Promise.resolve({}),
    } as unknown as ExecutionHandle;
    return {
      calls,
      pauses,
      ofChildren,
      cancel: () =>
        carryOutCancellation(WHY, {
          submission: { run_id: RUN_ID, config_manifest: "artifact://c" } as unknown as Submission,
          flow: RECOMPILE,
          record: () => folded.record,
          say: async (...statements) => write(...statements.map(({ name, payload = {} }) => ({ name, payload }))),
          execution,
          quiet: async () => step(),
          async cancelChildren({ by, reason }) {
            if (ofChildren.length > 0) calls.push({ childrenCancelledFor: `${by}: ${reason}` });
            return ofChildren;
          },
          pause: async (most) => void pauses.push(most),
          async call(handler, call) {
            calls.push({ handler, ...call });
            if (failing !== undefined && failures-- > 0) throw failing;
            write(enter("record_failure", call.attempt));
            const isTakenBack = [...folded.record.steps.values()].some(({ state }) => state === "compensated");
            if (!isTakenBack) {
              done.withdrawals++;
              write(compensated("publish"));
            }
            write(complete("record_failure", call.attempt), cancelledRolledBack);
          },
        }),
    };
  };
  return { rows, done, record: () => fold().record, processWith };
}

const namesOf = (rows: readonly Row[]) => rows.slice(BEGUN.length).map(({ name }) => name);

describe("a cancellation", () => {
  it("says so first, stops the execution, and leaves the rest to the failure branch", async () => {
    const { rows, record, processWith } = world();
    const { calls, cancel } = processWith(100);
    await cancel();
    expect(namesOf(rows)).toEqual([
      "recomp.run.cancel_requested",
      "state_entered",
      "recomp.state.compensated",
      "state_completed",
      "run_completed",
    ]);
    const Cause = "cancelled by alice: wrong binary";
    expect(calls).toEqual([
      { error: "RunCancelled", cause: Cause },
      {
        handler: "RecordFailure",
        run_id: RUN_ID,
        flow: RECOMPILE.name,
        attempt: 0,
        config: "artifact://c",
        input: { error: { Error: "RunCancelled", Cause } },
      },
    ]);
    expect(record()).toMatchObject({ phase: "cancelled", isRolledBack: true });
  });

  it("is wholly done by the processes that come after, wherever the first is killed", async () => {
    let deaths = 0;
    for (;;) {
      const { rows, record, processWith } = world();
      const first = await processWith(deaths)
        .cancel()
        .catch((error: Error) => error);
      if (first === undefined) break;
      expect(first, `killed at step ${deaths}`).toBeInstanceOf(Killed);
      await processWith(100).cancel();
      const names = namesOf(rows);
      for (const once of ["recomp.run.cancel_requested", "recomp.state.compensated", "run_completed"]) {
        expect(
          names.filter((name) => name === once),
          `killed at step ${deaths}`,
        ).toHaveLength(1);
      }
      expect(names.at(-1)).toBe("run_completed");
      expect(record()).toMatchObject({ phase: "cancelled", isRolledBack: true });
      deaths++;
    }
    expect(deaths).toBe(6);
  });

  it("counts the attempts at the failure branch on", async () => {
    const { processWith } = world();
    await processWith(4)
      .cancel()
      .catch(() => {});
    const { calls, cancel } = processWith(100);
    await cancel();
    expect(calls.at(-1)).toMatchObject({ handler: "RecordFailure", attempt: 1 });
  });

  it("calls nobody where nothing was entered", async () => {
    const { rows, processWith } = world([started(["intake"])]);
    const { calls, cancel } = processWith(100);
    await cancel();
    expect(calls).toEqual([{ error: "RunCancelled", cause: "cancelled by alice: wrong binary" }]);
    expect(rows.at(-1)).toEqual({ name: "run_completed", payload: { status: "cancelled" } });
  });

  it("of a run that never began stands behind its request; an operation that never began has no bounds", async () => {
    const { rows, record, processWith } = world([]);
    await processWith(100).cancel();
    expect(rows.map(({ name }) => name)).toEqual([
      "recomp.run.requested",
      "recomp.run.cancel_requested",
      "recomp.run.completed",
      "run_completed",
    ]);
    expect(rows[0]?.payload).toEqual({ failure_branch: "run_lifecycle.record_failure.main" });
    expect(record().phase).toBe("cancelled");
  });

  it("ends the operation too that had begun, where the failure branch cannot", async () => {
    const bounds = { op_path: "run_lifecycle.recompile", phase: "started" };
    const { rows, processWith } = world([BEGUN[0]!, { name: "op_boundary", payload: bounds }, ...through("intake")]);
    await processWith(100, new ValidationFailed("its input")).cancel();
    expect(rows.slice(-2)).toEqual([
      { name: "op_boundary", payload: { ...bounds, phase: "completed" } },
      { name: "run_completed", payload: { status: "cancelled" } },
    ]);
  });

  const passing: [string, Error][] = [
    ["that may pass", new TransientIo("the disk is away")],
    ["that ends the process", new NoSpaceError("write", "/x", undefined)],
  ];
  it.each(passing)("is left to be gone on with at a failure %s", async (_name, failure) => {
    const { record, processWith } = world();
    await expect(processWith(100, failure).cancel()).rejects.toBe(failure);
    expect(record().phase).toBe("executing");
    await processWith(100).cancel();
    expect(record().phase).toBe("cancelled");
  });

  const retried: [string, Error, number[]][] = [
    ["that may pass", new TransientIo("the disk is away"), [2_000, 4_000, 8_000, 16_000, 32_000]],
    ["that may not", new ValidationFailed("its input"), []],
  ];
  it.each(retried)("is tried again as the failure branch declares at a failure %s", async (_name, failure, waits) => {
    const { processWith } = world();
    const { calls, pauses, cancel } = processWith(100, failure);
    await expect(cancel()).rejects.toBe(failure);
    expect(pauses).toEqual(waits);
    const attempts = calls.slice(1).map((call) => (call as { attempt: number }).attempt);
    expect(attempts).toEqual([0, ...waits.map((_wait, n) => n + 1)]);
  });

  it("ends the run once an attempt at the failure branch passes, no matter how many did not", async () => {
    const { record, processWith } = world();
    const { calls, cancel } = processWith(100, new TransientIo("the disk is away"), 3);
    await cancel();
    expect(calls.at(-1)).toMatchObject({ handler: "RecordFailure", attempt: 3 });
    expect(record()).toMatchObject({ phase: "cancelled", isRolledBack: true });
  });

  const exhausted = new RetryBudgetExhausted(
    StateId.parse(state("record_failure")),
    1,
    toErrorInfo(new TransientIo("the disk is away")),
  );
  it.each([
    ["that used up its budget", exhausted],
    ["that can never pass", new ValidationFailed("its input")],
    ["of its worker", Object.assign(new Error("the worker died"), { name: "Lambda.Unknown" })],
  ])("never leaves effects in place in a cancelled run, at a failure %s", async (_name, failure) => {
    const { record, processWith } = world();
    await expect(processWith(100, failure).cancel()).rejects.toBe(failure);
    expect(record()).toMatchObject({ phase: "executing", cancellation: WHY });
    expect(record().steps.get(StateId.parse(state("publish")))?.state).toBe("succeeded");
    await processWith(100).cancel();
    expect(record()).toMatchObject({ phase: "cancelled", isRolledBack: true });
  });

  it("ends the run also where the failure branch can never do its work, and there is none", async () => {
    const { record, processWith } = world([started(["intake", "publish"]), ...through("intake")]);
    await processWith(100, new ValidationFailed("its input")).cancel();
    expect(record()).toMatchObject({ phase: "cancelled", failure: { error: "RunCancelled" } });
    expect(record()).not.toHaveProperty("isRolledBack");
  });

  it("is left to be gone on with where the budget is used up, and there is nothing to take back", async () => {
    const { record, processWith } = world([started(["intake", "publish"]), ...through("intake")]);
    await expect(processWith(100, exhausted).cancel()).rejects.toBe(exhausted);
    expect(record()).toMatchObject({ phase: "preflight_validated", cancellation: WHY });
  });

  it("cancels the child runs too, before the run ends, and says what kept one from it once it has", async () => {
    const { record, processWith } = world();
    const { calls, ofChildren, cancel } = processWith(100);
    const lost = [new Error("child one is lost"), new Error("child two is")] as const;
    ofChildren.push(...lost);
    await expect(cancel()).rejects.toThrow(/^child one is lost; child two is$/);
    expect(record()).toMatchObject({ phase: "cancelled", isRolledBack: true });
    expect(calls.map((call) => Object.keys(call)[0])).toEqual(["error", "childrenCancelledFor", "handler"]);
    const other = world();
    const again = other.processWith(100);
    again.ofChildren.push(lost[0]);
    await expect(again.cancel()).rejects.toBe(lost[0]);
    expect(other.record().phase).toBe("cancelled");
  });
});

describe("who wants it", () => {
  const stated: [string, unknown, object][] = [
    ["as the signal's reason says", WHY, WHY],
    ["this machine, where it says only why", "SIGINT came", { by: "local", reason: "SIGINT came" }],
    ["this machine, for an error", new Error("too slow"), { by: "local", reason: "too slow" }],
    ["this machine, for no reason", new Error(""), { by: "local", reason: "no reason given" }],
  ];
  it.each(stated)("is %s", (_name, reason, expected) => {
    expect(cancellationOf(reason)).toEqual(expected);
  });
});
