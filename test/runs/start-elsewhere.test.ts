import { describe, expect, it } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import { ContractInputMissing } from "../../shared/kernel/errors.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { isRefusal, type Starting, startElsewhere, startWhatWasLeft } from "../../shared/runs/start-elsewhere.ts";
import { submit } from "../../shared/runs/submit.ts";
import { collect } from "../../shared/stores/collect.ts";
import {
  AccessDeniedError,
  ConflictError,
  CorruptionError,
  IoError,
  LeaseHeldError,
  NotFoundError,
} from "../../shared/stores/errors.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import type { StartStore } from "../../shared/stores/starts.ts";
import { event } from "../stores/support/samples.ts";
import { packedExit } from "./exit-program.ts";

const packed = packedExit();
const source = packageSource(packed);
const { run_id: runId } = packed.submission;

/** Where executions are as Step Functions has them: one of a name. */
function elsewhere(failures: readonly Error[] = []) {
  const left = [...failures];
  const started = new Map<RunId, string>();
  const noted = new Map<RunId, number>();
  const starts: StartStore = {
    note: async (run) => void (noted.has(run) || noted.set(run, 1_000)),
    forget: async (run) => void noted.delete(run),
    async *list() {
      for (const [run, since] of noted) yield { runId: run, since };
    },
  };
  const starting: Starting = {
    stores: createMemoryStores(),
    starts,
    executions: {
      arnOf: (run, stateMachine) => `arn:${stateMachine}:${run}`,
      async start(run, stateMachine, input) {
        const failure = left.shift();
        if (failure !== undefined) throw failure;
        const execution = JSON.stringify([stateMachine, input]);
        if ((started.get(run) ?? execution) !== execution) throw new Error(`another execution of ${run}`);
        started.set(run, execution);
      },
    },
    environment: () => undefined,
  };
  return { starting, started, noted };
}

describe("a submission for elsewhere", () => {
  it("becomes one run and one execution of its name, with the submission as its input, however often it comes", async () => {
    const { starting, started, noted } = elsewhere();
    await Promise.all([1, 2, 3].map(() => startElsewhere(starting, source)));
    expect([...started]).toEqual([[runId, JSON.stringify(["run-lifecycle", JSON.stringify(packed.submission)])]]);
    expect(await starting.stores.runs.list()).toEqual([runId]);
    expect(noted.size).toBe(0);
  });

  it("says first in its log who carries it out, once", async () => {
    const { starting } = elsewhere();
    await Promise.all([1, 2, 3].map(() => startElsewhere(starting, source)));
    const [request, ...others] = await collect(starting.stores.events.read(runId));
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      name: "recomp.run.requested",
      actor: packed.submission.requested_by,
      payload: { execution_arn: `arn:run-lifecycle:${runId}`, failure_branch: "run_lifecycle.record_failure.main" },
    });
  });

  it("of a run that a machine has begun in this store is refused, and no execution is started", async () => {
    const { starting, started } = elsewhere();
    const { stores } = starting;
    await submit(stores, source);
    await stores.events.append(runId, 0, [{ ...event("recomp.run.requested"), kind: "domain" }]);
    const refused = startElsewhere(starting, source);
    await expect(refused).rejects.toThrow(
      /expected one that nobody carries out yet, found one that a machine has begun/,
    );
    await expect(refused).rejects.toSatisfy(isRefusal);
    expect(started.size).toBe(0);
  });

  it("of a run that a machine holds and has not begun is tried again", async () => {
    const { starting, started } = elsewhere();
    const { stores } = starting;
    await submit(stores, source);
    // Of the same stores, whoever holds it appends: another client's lease is played.
    const held = new LeaseHeldError(runId, { holder: "local" } as never);
    const events = { ...stores.events, append: () => Promise.reject(held) };
    const failed = startElsewhere({ ...starting, stores: { ...stores, events } }, source);
    await expect(failed).rejects.toBe(held);
    expect(isRefusal(held)).toBe(false);
    expect(started.size).toBe(0);
  });

  it("that is refused leaves nothing", async () => {
    const { starting, started, noted } = elsewhere();
    const manifest = async () => Buffer.from("{}");
    await expect(startElsewhere(starting, { ...source, manifest })).rejects.toSatisfy(isRefusal);
    expect([started.size, noted.size, await starting.stores.runs.list()]).toEqual([0, 0, []]);
  });

  it("that was taken in and not started is noted, and started by whoever comes next", async () => {
    const away = new Error("Step Functions is away");
    const { starting, started, noted } = elsewhere([away, away]);
    await expect(startElsewhere(starting, source)).rejects.toBe(away);
    expect([...noted.keys()]).toEqual([runId]);
    expect(await startWhatWasLeft(starting, 999)).toEqual([]);
    expect(await startWhatWasLeft(starting, 1_000)).toEqual([{ runId, error: away }]);
    expect([...noted.keys()]).toEqual([runId]);
    expect(await startWhatWasLeft(starting, 1_000)).toEqual([{ runId }]);
    expect([...started.keys()]).toEqual([runId]);
    expect(noted.size).toBe(0);
  });
});

const damaged = new CorruptionError("artifact", {
  where: "s3://b",
  expected: "a",
  found: "b",
  remedy: "upload it again",
});

describe("what is wrong", () => {
  it.each([
    ["a field of the manifest", new ContractInputMissing("field run_id"), true],
    ["a run id that is taken", new ConflictError("run", "a", "b"), true],
    ["a bucket that is not there", new NotFoundError("the bucket", "s3://b"), false],
    ["a permission that is missing", new AccessDeniedError("get", "s3://b", "denied", undefined), false],
    ["a service that is away", new IoError("get", "s3://b", "timeout", undefined), false],
    ["an artifact that is damaged", damaged, true],
    ["what nobody knows", new TypeError("x is undefined"), false],
  ])("with %s is the submitter's to mend: %s", (_, error, expected) => {
    expect(isRefusal(error)).toBe(expected);
  });
});
