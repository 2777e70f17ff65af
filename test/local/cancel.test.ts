import { describe, expect, it } from "vitest";
import type { ExecutionHandle } from "../../shared/asl/index.ts";
import { PrincipalId } from "../../shared/contracts/ids.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { TransientIo, ValidationFailed } from "../../shared/kernel/errors.ts";
import { RunFold } from "../../shared/kernel/run/fold.ts";
import { cancellationOf, cancelRun } from "../../shared/local/cancel.ts";
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
  const processWith = (lives: number, failing?: Error) => {
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
      cancel: () =>
        cancelRun(WHY, {
          submission: { run_id: RUN_ID, config_manifest: "artifact://c" } as unknown as Submission,
          flow: RECOMPILE,
          record: () => folded.record,
          say: async (...statements) => write(...statements.map(({ name, payload = {} }) => ({ name, payload }))),
          execution,
          quiet: async () => step(),
          async call(handler, call) {
            calls.push({ handler, ...call });
            if (failing !== undefined) throw failing;
            write(enter("record_failure", call.attempt));
            const isTakenBack = [...folded.record.steps.values()].some(({ state }) => state === "compensated");
            if (!isTakenBack) {
              done.withdrawals++;
              write(compensated("publish"));
            }
            write(complete("record_failure"), cancelledRolledBack);
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
    const { rows, processWith } = world([BEGUN[0]!, { name: "op_boundary", payload: bounds }, ...BEGUN.slice(1)]);
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

  it("ends the run also where the failure branch can never do its work", async () => {
    const { record, processWith } = world();
    await processWith(100, new ValidationFailed("its input")).cancel();
    expect(record()).toMatchObject({ phase: "cancelled", failure: { error: "RunCancelled" } });
    expect(record()).not.toHaveProperty("isRolledBack");
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
