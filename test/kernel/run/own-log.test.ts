import { beforeEach, describe, expect, it } from "vitest";
import { RunId } from "../../../shared/contracts/ids.ts";
import { holdLog, ownRunLog } from "../../../shared/kernel/run/own-log.ts";
import { followLog } from "../../../shared/local/followed-log.ts";
import { createMemoryStores } from "../../../shared/stores/memory/open.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { deferred } from "../support.ts";
import { childEnded, complete, enter, place, type Row, RUN_ID, spawned, started } from "./events.ts";

const runId = RunId.parse(RUN_ID);
const batch = (...rows: readonly Row[]) =>
  rows.map((row) => {
    const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
    return event;
  });
const turns = () => new Promise((resolve) => setImmediate(resolve));

let stores: Stores;
let failures: unknown[];
const follow = (over: Stores = stores) =>
  followLog(over, runId, { onEvent() {}, onMilestone() {}, onFailure: (error) => failures.push(error) });
const names = async () => {
  const found: string[] = [];
  for await (const { name } of stores.events.read(runId)) found.push(name);
  return found;
};
beforeEach(async () => {
  stores = createMemoryStores();
  failures = [];
  await stores.runs.create(runId, {});
  await stores.events.append(runId, 0, batch(started()));
});

describe("what is said of a run by others of the process that carries it out", () => {
  it("goes through its log, which goes on behind that", async () => {
    const held = holdLog(stores, runId);
    const log = await held.open(() => follow());
    await log.enqueue(runId, batch(enter("intake")));
    await ownRunLog(stores).push(runId, batch(spawned()));
    await log.push(runId, batch(complete("intake")));
    expect(await names()).toEqual(["run_started", "state_entered", "child_run_spawned", "state_completed"]);
    expect(log.record().children.size).toBe(1);
    expect(failures).toEqual([]);
    held.free();
  });

  it("is refused where the run does not allow it, and the log goes on", async () => {
    const held = holdLog(stores, runId);
    const log = await held.open(() => follow());
    await expect(ownRunLog(stores).push(runId, batch(childEnded("completed")))).rejects.toMatchObject({
      name: "IllegalTransition",
    });
    await log.push(runId, batch(enter("intake")));
    expect(await names()).toEqual(["run_started", "state_entered"]);
    held.free();
  });

  it("is waited for where it was under way before the log is opened", async () => {
    const disk = deferred();
    const slow: Stores = {
      ...stores,
      events: {
        ...stores.events,
        async append(...given) {
          await disk.promise;
          return stores.events.append(...given);
        },
      },
    };
    const said = ownRunLog(slow).push(runId, batch(spawned()));
    await turns();
    const opening = holdLog(slow, runId).open(() => follow(slow));
    disk.resolve();
    await said;
    const log = await opening;
    expect(log.record().children.size).toBe(1);
    await log.push(runId, batch(enter("intake")));
    expect(failures).toEqual([]);
  });

  it("waits while the run is left, and then goes beside", async () => {
    const held = holdLog(stores, runId);
    const log = await held.open(() => follow());
    held.leave();
    let isSaid = false;
    const said = ownRunLog(stores)
      .push(runId, batch(spawned()))
      .then(() => {
        isSaid = true;
      });
    await turns();
    expect(isSaid).toBe(false);
    held.free();
    await said;
    expect(await names()).toEqual(["run_started", "child_run_spawned"]);
    expect(log.record().children.size).toBe(0);
  });
});
