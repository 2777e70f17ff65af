import { beforeEach, describe, expect, it } from "vitest";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";
import { PrincipalId, RunId } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { cancelRun } from "../../shared/runs/cancel.ts";
import { cancelChildren } from "../../shared/runs/cancel-children.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { LeaseHeldError } from "../../shared/stores/errors.ts";
import { openStores } from "../../shared/stores/open.ts";
import type { Stores } from "../../shared/stores/ports.ts";
import {
  CHILD_ID,
  cancelRequested,
  childEnded,
  ended,
  place,
  type Row,
  RUN_ID,
  spawned,
  started,
  through,
} from "../kernel/run/events.ts";

const [runId, childId] = [RUN_ID, CHILD_ID].map((id) => RunId.parse(id)) as [RunId, RunId];
const WHY = { by: PrincipalId.parse("alice"), reason: "wrong binary" };
const OF_PARENT = { by: "alice", reason: `its parent run ${runId} was cancelled: wrong binary` };
const BEGUN = [started(["intake", "publish"]), ...through("intake", "publish")];
const cancelledEnd: Row = { name: "run_completed", payload: { status: "cancelled" } };

let stores: Stores;
beforeEach(async () => {
  stores = await openStores("memory:");
});

async function append(id: RunId, ...rows: readonly Row[]): Promise<void> {
  const events = rows.map((row) => {
    const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
    return event;
  });
  await stores.events.append(id, (await stores.events.head(id)).seq, events);
}

async function begin(id: RunId, run: object, ...rows: readonly Row[]): Promise<void> {
  const config_manifest = await putDocument(
    stores.artifacts,
    "manifest",
    ConfigManifest.parse({ schema_version: 1, run }),
  );
  await stores.runs.create(id, { run_id: id, config_manifest });
  await append(id, ...rows);
}

const held = (id: RunId) => new LeaseHeldError(id, { holder: "bob", place: "elsewhere", since: "now" });

/** What happens each time the run is carried on, and each time that is waited for; then nothing is expected to. */
function play({ carries, waits = [] }: { carries: (() => Promise<unknown>)[]; waits?: (() => Promise<unknown>)[] }) {
  const next = async (steps: (() => Promise<unknown>)[], what: string) => {
    const step = steps.shift();
    if (step === undefined) throw new Error(`one ${what} too many`);
    await step();
  };
  const stop = new AbortController();
  const carrying = {
    carryOn: () => next(carries, "carry"),
    delay: () => next(waits, "wait"),
    signal: stop.signal,
    environment: (name: string) => (name === "TOKEN" ? "correct-horse-9" : undefined),
  };
  return { carrying, stop };
}

const isHeld = async () => {
  throw held(runId);
};
const nothing = async () => {};

describe("what becomes of the wish to cancel a run", () => {
  it("cancelled, where nobody else has it", async () => {
    await begin(runId, {}, ...BEGUN);
    const { carrying } = play({ carries: [() => append(runId, cancelRequested, cancelledEnd)] });
    expect(await cancelRun(stores, runId, WHY, carrying)).toBe("cancelled");
    expect(await stores.cancellations.find(runId)).toEqual(WHY);
  });

  it("asked, once whoever carries it out has heard, and not before", async () => {
    await begin(runId, {}, ...BEGUN);
    const { carrying } = play({
      carries: [isHeld, isHeld, isHeld],
      waits: [nothing, () => append(runId, cancelRequested)],
    });
    expect(await cancelRun(stores, runId, WHY, carrying)).toBe("asked");
  });

  it("cancelled, where another only had it for a moment", async () => {
    await begin(runId, {}, ...BEGUN);
    const { carrying } = play({
      carries: [isHeld, isHeld, () => append(runId, cancelRequested, cancelledEnd)],
      waits: [nothing, nothing],
    });
    expect(await cancelRun(stores, runId, WHY, carrying)).toBe("cancelled");
  });

  it("refused, where the run succeeds before it is reached", async () => {
    await begin(runId, {}, ...BEGUN);
    const { carrying } = play({ carries: [() => append(runId, ended("completed"))] });
    await expect(cancelRun(stores, runId, WHY, carrying)).rejects.toMatchObject({
      name: "GateRefusal",
      message: `run ${runId}: expected a run that goes on, found it succeeded; there is nothing to cancel`,
    });
  });

  it("asked, where this program is stopped before it was done, or heard", async () => {
    await begin(runId, {}, ...BEGUN);
    expect(await cancelRun(stores, runId, WHY, play({ carries: [nothing] }).carrying)).toBe("asked");
    const { carrying, stop } = play({ carries: [isHeld, isHeld], waits: [async () => stop.abort()] });
    expect(await cancelRun(stores, runId, WHY, carrying)).toBe("asked");
  });

  it("unheard, where whoever holds the run has not heard for as long as one would wait; the wish stays", async () => {
    await begin(runId, {}, ...BEGUN);
    const patience = new AbortController();
    const { carrying } = play({ carries: [isHeld, isHeld], waits: [async () => patience.abort()] });
    expect(await cancelRun(stores, runId, WHY, { ...carrying, patience: patience.signal })).toBe("unheard");
    expect(await stores.cancellations.find(runId)).toMatchObject(WHY);
  });

  it("asked, where it was heard as the patience ended", async () => {
    await begin(runId, {}, ...BEGUN);
    const patience = new AbortController();
    const hear = async () => {
      await append(runId, cancelRequested);
      patience.abort();
    };
    const { carrying } = play({ carries: [isHeld, isHeld], waits: [hear] });
    expect(await cancelRun(stores, runId, WHY, { ...carrying, patience: patience.signal })).toBe("asked");
  });

  it("refused, with nothing written, for a reason with a secret of a child run", async () => {
    await begin(runId, {}, ...BEGUN, spawned());
    await begin(childId, { secrets: ["TOKEN"] }, ...BEGUN);
    const { carrying } = play({ carries: [] });
    const reason = "correct-horse-9 leaked";
    await expect(cancelRun(stores, runId, { ...WHY, reason }, carrying)).rejects.toThrow(
      expect.objectContaining({ name: "SecretRefused" }),
    );
    expect(await stores.cancellations.find(runId)).toBeUndefined();
  });
});

describe("the child runs of a run that is being cancelled", () => {
  const OTHER = RunId.parse("33333333-3333-4333-8333-333333333333");
  const recordOf = async () => (await readRun(stores, runId)).record;

  it("are asked, all before the first is carried on", async () => {
    await begin(runId, {}, ...BEGUN, spawned(), spawned(OTHER));
    for (const id of [childId, OTHER]) await begin(id, {}, ...BEGUN);
    const carried: RunId[] = [];
    const failures = await cancelChildren(stores, runId, await recordOf(), WHY, {
      ...play({ carries: [] }).carrying,
      async carryOn(id) {
        carried.push(id);
        for (const child of [childId, OTHER]) expect(await stores.cancellations.find(child)).toEqual(OF_PARENT);
        await append(id, cancelRequested, cancelledEnd);
      },
    });
    expect(failures).toEqual([]);
    expect(carried).toEqual([childId, OTHER]);
  });

  it("are left alone where they have ended, whether the parent has heard or not", async () => {
    await begin(runId, {}, ...BEGUN, spawned(), childEnded("completed"), spawned(OTHER));
    await begin(OTHER, {}, ...BEGUN, ended("completed"));
    // The one that the parent knows to have ended need not be there any more.
    const failures = await cancelChildren(stores, runId, await recordOf(), WHY, play({ carries: [] }).carrying);
    expect(failures).toEqual([]);
    expect(await stores.cancellations.find(OTHER)).toBeUndefined();
  });

  it("do not stand in each other's way where one is lost", async () => {
    await begin(runId, {}, ...BEGUN, spawned(), spawned(OTHER));
    await begin(OTHER, {}, ...BEGUN);
    const { carrying } = play({ carries: [() => append(OTHER, cancelRequested, cancelledEnd)] });
    const failures = await cancelChildren(stores, runId, await recordOf(), WHY, carrying);
    expect(failures).toMatchObject([{ name: "NotFoundError" }]);
    expect((await readRun(stores, OTHER)).record.phase).toBe("cancelled");
  });

  it("are waited for where another holds them, until it has heard", async () => {
    await begin(runId, {}, ...BEGUN, spawned());
    await begin(childId, {}, ...BEGUN);
    const { carrying } = play({ carries: [isHeld, isHeld], waits: [() => append(childId, cancelRequested)] });
    expect(await cancelChildren(stores, runId, await recordOf(), WHY, carrying)).toEqual([]);
  });
});
