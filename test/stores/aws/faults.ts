import { expect, it } from "vitest";
import type { ArtifactRef, RunId } from "../../../shared/contracts/ids.ts";
import type { AwsClients } from "../../../shared/stores/aws/access.ts";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { IoError } from "../../../shared/stores/errors.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { someOf } from "../../support/scale.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ALICE, event, events, OTHER_RUN } from "../support/samples.ts";
import type { AwsServer } from "./adapter.ts";
import { deployStores } from "./deploy.ts";

/** When a request is lost: on its way, or its answer on the way back; for good, or until the SDK sends it again. */
const LOSSES = ["request", "answer", "answer, once"] as const;
type Loss = (typeof LOSSES)[number];

/** A run that no other trial uses, and bytes that none does. */
interface Trial {
  readonly run: RunId;
  readonly bytes: Buffer;
}

interface Case {
  readonly prepare?: (stores: Stores, trial: Trial) => Promise<unknown>;
  readonly act: (stores: Stores, trial: Trial) => Promise<unknown>;
  /** What holds whenever it failed, and what whoever comes next makes of it. */
  readonly afterwards: (stores: Stores, trial: Trial, hasFailed: boolean) => Promise<unknown>;
}

const create = ({ runs }: Stores, { run }: Trial) => runs.create(run, { n: 1 });
const put = ({ artifacts }: Stores, { bytes }: Trial) => artifacts.put("output", bytes);
const publish = async (stores: Stores, trial: Trial) =>
  stores.publications.publish(await put(stores, trial), [], trial.run);
const onlyAged = async ({ retention }: Stores, ref: ArtifactRef) =>
  (await collect(retention.artifacts())).find((artifact) => artifact.ref === ref)!;

const CASES: Readonly<Record<string, Case>> = {
  "a run is made": {
    act: create,
    async afterwards(stores, trial) {
      expect((await create(stores, trial)).record.submission).toEqual({ n: 1 });
      expect((await stores.runs.list()).filter((run) => run === trial.run)).toHaveLength(1);
      expect(await stores.events.append(trial.run, 0, [event("e1")])).toMatchObject({ head: { seq: 1 } });
    },
  },
  "an artifact is put": {
    act: put,
    async afterwards(stores, trial) {
      const ref = await put(stores, trial);
      expect(Buffer.from(await stores.artifacts.get(ref))).toEqual(trial.bytes);
      expect(await stores.artifacts.stat(ref)).toMatchObject({ kinds: ["output"] });
    },
  },
  "an artifact is removed": {
    prepare: put,
    async act(stores, trial) {
      await stores.retention.remove(await onlyAged(stores, await put(stores, trial)));
    },
    async afterwards(stores, trial) {
      const ref = await put(stores, trial);
      expect(Buffer.from(await stores.artifacts.get(ref))).toEqual(trial.bytes);
      expect(await stores.retention.remove(await onlyAged(stores, ref))).toBe("removed");
      expect(await stores.artifacts.has(ref)).toBe(false);
    },
  },
  "events are appended": {
    prepare: create,
    act: ({ events: log }, { run }) => log.append(run, 0, events(1, 3)),
    async afterwards({ events: log }, { run }, hasFailed) {
      const { seq } = await log.head(run);
      expect(hasFailed ? [0, 3] : [3]).toContain(seq);
      await log.append(run, seq, [event("after")]);
      expect(await log.verifyChain(run)).toMatchObject({ entries: seq + 1 });
    },
  },
  "events are appended under a lease": {
    prepare: create,
    async act({ events: log, leases }, { run }) {
      const lease = await leases.acquire(run, ALICE);
      await log.append(run, 0, events(1, 3));
      await log.append(run, 3, events(4, 1));
      await lease.release();
    },
    async afterwards({ events: log }, { run }, hasFailed) {
      const { entries } = await log.verifyChain(run);
      expect(hasFailed ? [0, 3, 4] : [4]).toContain(entries);
    },
  },
  "history is appended": {
    prepare: create,
    act: ({ history }, { run }) => history.append(run, [1, 2]),
    async afterwards({ history }, { run }, hasFailed) {
      const found = await collect(history.read(run));
      expect(hasFailed ? [[], [1, 2]] : [[1, 2]]).toContainEqual(found);
      expect(await history.append(run, [3])).toBe(found.length + 1);
    },
  },
  "a status is written": {
    prepare: create,
    act: ({ runs }, { run }) => runs.writeStatus(run, { state: "running" }),
    async afterwards({ runs }, { run }, hasFailed) {
      const status = await runs.readStatus(run);
      expect(hasFailed ? [undefined, { state: "running" }] : [{ state: "running" }]).toContainEqual(status);
    },
  },
  "a bundle is published": {
    prepare: put,
    act: publish,
    async afterwards(stores, trial) {
      await publish(stores, trial);
      expect(await stores.publications.confirm(await put(stores, trial), trial.run)).toBe(true);
    },
  },
  "a bundle is withdrawn": {
    prepare: publish,
    act: async (stores, trial) => stores.publications.withdraw(await put(stores, trial), trial.run, "no"),
    async afterwards(stores, trial) {
      const ref = await put(stores, trial);
      await stores.publications.withdraw(ref, trial.run, "no");
      expect(await stores.publications.find(ref)).toBeUndefined();
      await stores.publications.publish(ref, [], OTHER_RUN);
      expect(await stores.publications.confirm(ref, OTHER_RUN)).toBe(true);
    },
  },
  "somebody asks to cancel": {
    prepare: create,
    act: ({ cancellations }, { run }) => cancellations.request(run, { by: ALICE, reason: "no" }),
    afterwards: async ({ cancellations }, { run }) =>
      expect(await cancellations.request(run, { by: ALICE, reason: "no" })).toEqual({ by: ALICE, reason: "no" }),
  },
};

/** Loses the `at`th request of these clients, counted from 1 over both. @returns whether it came to that */
function losing({ s3, db }: AwsClients, at: number, loss: Loss): () => boolean {
  let count = 0;
  const lost = () => Object.assign(new Error("the connection was reset"), { name: "TimeoutError", $metadata: {} });
  for (const client of [s3, db]) {
    const stack = client.middlewareStack as { add(middleware: unknown, options: object): void };
    let isLost = false;
    const counting = (next: (args: unknown) => Promise<unknown>) => async (args: unknown) => {
      count += 1;
      isLost = count === at;
      if (isLost && loss === "request") throw lost();
      const answer = await next(args);
      if (isLost && loss === "answer") throw lost();
      return answer;
    };
    // Inside the SDK's own attempts.
    const answering = (next: (args: unknown) => Promise<unknown>) => async (args: unknown) => {
      const answer = await next(args);
      if (!isLost || loss !== "answer, once") return answer;
      isLost = false;
      throw Object.assign(lost(), { $retryable: {} });
    };
    stack.add(counting, { step: "initialize", priority: "high", name: "counting" });
    stack.add(answering, { step: "deserialize", priority: "low", name: "answering" });
  }
  return () => count >= at;
}

/** Loses each request of each case in turn, one in so many of the cases. */
export function lostRequests(started: () => AwsServer, many: number): void {
  let address: Promise<string> | undefined;
  let trials = 0;

  const open = async (clients: AwsClients) => {
    address ??= deployStores(started().clients(), "restep-faults");
    return openAwsStores(await address, { clients, clock: manualClock(), leaseTime: -1 });
  };

  const tried = async ({ prepare, act, afterwards }: Case, at: number, loss: Loss): Promise<boolean> => {
    trials += 1;
    const trial: Trial = {
      run: `00000000-0000-4000-8000-${String(trials).padStart(12, "0")}` as RunId,
      bytes: Buffer.from(`bytes of ${trials}`),
    };
    const whole = await open(started().clients());
    await prepare?.(whole, trial);
    const clients = started().clients();
    const failing = await open(clients);
    const hasCome = losing(clients, at, loss);
    const error: unknown = await act(failing, trial).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const hasFailed = error !== undefined;
    if (hasFailed) expect(error).toBeInstanceOf(IoError);
    if (loss === "answer, once") expect(hasFailed, "the SDK sends it again").toBe(false);
    await afterwards(whole, trial, hasFailed);
    return hasCome();
  };

  const all = Object.entries(CASES).flatMap(([name, one]) => LOSSES.map((loss) => [loss, name, one] as const));
  it.each(someOf(all, many))(
    "(%s) leaves all or nothing when %s",
    async (loss, _, one) => {
      let at = 1;
      while (await tried(one, at, loss)) at += 1;
      expect(at, "a request was lost").toBeGreaterThan(1);
    },
    120_000,
  );
}
