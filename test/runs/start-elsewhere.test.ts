import { describe, expect, it } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import type { Priority } from "../../shared/contracts/priorities.ts";
import { ContractInputMissing } from "../../shared/kernel/errors.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import {
  freePlaces,
  isRefusal,
  type Starting,
  startElsewhere,
  startInTurn,
} from "../../shared/runs/start-elsewhere.ts";
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
import { place, type Row } from "../kernel/run/events.ts";
import { PHASES } from "../kernel/run/phases.ts";
import { memoryStarts } from "../stores/support/memory-starts.ts";
import { event } from "../stores/support/samples.ts";
import { packedExit } from "./exit-program.ts";

const packed = packedExit();
const source = packageSource(packed);
const { run_id: runId } = packed.submission;

/** Where executions are as Step Functions has them: one of a name. */
function elsewhere(failures: readonly Error[] = [], atOnce?: number) {
  const left = [...failures];
  const started = new Map<RunId, string>();
  let now = 1_000;
  const { starts, noted, places } = memoryStarts(() => now++);
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
    atOnce,
    environment: () => undefined,
  };
  return { starting, started, noted, places };
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
    const { starting, started, noted } = elsewhere();
    const { stores } = starting;
    await submit(stores, source);
    await stores.events.append(runId, 0, [{ ...event("recomp.run.requested"), kind: "domain" }]);
    const refused = startElsewhere(starting, source);
    await expect(refused).rejects.toThrow(
      /expected one that nobody carries out yet, found one that a machine has begun/,
    );
    await expect(refused).rejects.toSatisfy(isRefusal);
    expect(started.size).toBe(0);
    // Nobody is to try again.
    expect(noted.size).toBe(0);
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
    expect(await startInTurn(starting, 999)).toEqual([]);
    expect(await startInTurn(starting, 1_000)).toEqual([{ runId, error: away }]);
    expect([...noted.keys()]).toEqual([runId]);
    expect(await startInTurn(starting, 1_000)).toEqual([{ runId }]);
    expect([...started.keys()]).toEqual([runId]);
    expect(noted.size).toBe(0);
  });
});

describe("submissions of which so many go on at once", () => {
  const idOf = (digit: number) => `${digit}1111111-1111-4111-8111-111111111111` as RunId;
  const of = (digit: number, priority: Priority) =>
    packageSource({ ...packed, submission: { ...packed.submission, run_id: idOf(digit), priority } });

  it("are started by priority, each as a place becomes free", async () => {
    const { starting, started, places } = elsewhere([], 1);
    await startElsewhere(starting, of(1, "standard"));
    for (const [digit, priority] of [
      [2, "low"],
      [3, "standard"],
      [4, "high"],
      [5, "standard"],
    ] as const) {
      await startElsewhere(starting, of(digit, priority));
    }
    const order = [1, 4, 3, 5, 2].map(idOf);
    for (const [at, run] of order.entries()) {
      expect([...started.keys()]).toEqual(order.slice(0, at + 1));
      expect([...places]).toEqual([run]);
      await starting.starts.givePlace(run);
      await startInTurn(starting);
    }
  });

  it("leave their place to the next where they cannot be started, and are told so", async () => {
    const away = new Error("Step Functions is away");
    const { starting, started, places, noted } = elsewhere([away], 1);
    await expect(startElsewhere(starting, of(1, "high"))).rejects.toBe(away);
    expect(places.size).toBe(0);
    expect([...noted.keys()]).toEqual([idOf(1)]);
    const other = elsewhere([away], 1);
    for (const digit of [1, 2]) {
      await submit(other.starting.stores, of(digit, "standard"));
      await other.starting.starts.note(idOf(digit), "standard");
    }
    expect(await startInTurn(other.starting)).toEqual([{ runId: idOf(1), error: away }, { runId: idOf(2) }]);
    expect(started.size).toBe(0);
  });

  it("that are refused for another's sake are none of the submitter's", async () => {
    const away = new Error("Step Functions is away");
    const { starting, started } = elsewhere([away], 1);
    await submit(starting.stores, of(1, "high"));
    await starting.starts.note(idOf(1), "high");
    await startElsewhere(starting, of(2, "low"));
    expect([...started.keys()]).toEqual([idOf(2)]);
  });

  it("that a machine has begun while they waited are not started, and nobody is told", async () => {
    const { starting, started, noted } = elsewhere([], 1);
    await startElsewhere(starting, of(1, "standard"));
    await startElsewhere(starting, of(2, "standard"));
    await starting.stores.events.append(idOf(2), 0, [{ ...event("recomp.run.requested"), kind: "domain" }]);
    await starting.starts.givePlace(idOf(1));
    expect(await startInTurn(starting)).toEqual([]);
    expect([...started.keys()]).toEqual([idOf(1)]);
    expect(noted.size).toBe(0);
  });

  it("give back their places where they have ended, wait for a person or are gone, though nobody said so", async () => {
    const { starting, places } = elsewhere([], 4);
    for (const digit of [1, 2, 3]) await startElsewhere(starting, of(digit, "standard"));
    await starting.starts.takePlace(idOf(4), 4);
    const { events } = starting.stores;
    const append = async (digit: number, ...rows: readonly Row[]) => {
      const { seq } = await events.head(idOf(digit));
      const placed = rows.map((row) => place(row, 1));
      await events.append(
        idOf(digit),
        seq,
        placed.map(({ ts, actor, attempt, kind, name, payload }) => ({ ts, actor, attempt, kind, name, payload })),
      );
    };
    await append(1, ...PHASES.succeeded);
    await append(2, ...PHASES.blocked);
    await freePlaces(starting);
    expect([...places]).toEqual([idOf(3)]);
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
    ["a run id that is taken", new ConflictError("run", ["priority"], "a", "b"), true],
    ["a bucket that is not there", new NotFoundError("the bucket", "s3://b"), false],
    ["a permission that is missing", new AccessDeniedError("get", "s3://b", "denied", undefined), false],
    ["a service that is away", new IoError("get", "s3://b", "timeout", undefined), false],
    ["an artifact that is damaged", damaged, true],
    ["what nobody knows", new TypeError("x is undefined"), false],
  ])("with %s is the submitter's to mend: %s", (_, error, expected) => {
    expect(isRefusal(error)).toBe(expected);
  });
});
