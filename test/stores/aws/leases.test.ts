import { hostname } from "node:os";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it } from "vitest";
import { parseAwsAddress } from "../../../shared/stores/aws/address.ts";
import { tableName } from "../../../shared/stores/aws/layout.ts";
import { type AwsStoresOptions, openAwsStores } from "../../../shared/stores/aws/open.ts";
import type { Clock } from "../../../shared/stores/clock.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { DEFAULT_LEASE_TIME } from "../../../shared/stores/lease-policy.ts";
import { systemProcesses } from "../../../shared/stores/processes.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ALICE, BOB, event, RUN } from "../support/samples.ts";
import { deployStores } from "./deploy.ts";
import { playedAws } from "./played/aws.ts";

const LATER = DEFAULT_LEASE_TIME + 1;

describe("a lease in DynamoDB", () => {
  const aws = playedAws();
  let deployed = 0;
  let address: string;
  beforeEach(async () => {
    deployed += 1;
    address = await deployStores(aws.clients(), `restep-leases-${deployed}`);
    await (await open()).runs.create(RUN, {});
  });

  const start = manualClock().now();

  /** @param before what happens before the stores send their `at`th transaction, from 1 */
  async function open(
    before?: (at: number) => Promise<unknown>,
    clock: Clock = manualClock(),
    options: AwsStoresOptions = {},
  ) {
    let sent = 0;
    const clients = disturbed(async (next) => {
      sent += 1;
      await before?.(sent);
      return next();
    });
    return openAwsStores(address, { clients, clock, ...options });
  }

  /** @param send sends a transaction, or does not, or twice */
  function disturbed(send: (next: () => Promise<unknown>) => Promise<unknown>) {
    const clients = aws.clients();
    const stack = clients.db.middlewareStack as { add(middleware: unknown, options: object): void };
    const sending = (next: (args: unknown) => Promise<unknown>, context: { commandName?: string }) => (args: unknown) =>
      context.commandName === "TransactWriteItemsCommand" ? send(() => next(args)) : next(args);
    stack.add(sending, { step: "initialize", name: "sending" });
    return clients;
  }

  /** As the SDK does where no answer came: DynamoDB did it the first time, and refuses it the second. */
  const twice = async (next: () => Promise<unknown>) => {
    await next();
    return next();
  };

  /** Changes the item of the lease behind everyone's back. */
  const spoil = (UpdateExpression: string, values?: Record<string, unknown>) =>
    DynamoDBDocumentClient.from(aws.clients().db).send(
      new UpdateCommand({
        TableName: tableName(parseAwsAddress(address).tables, "runs"),
        Key: { subject: `run#${RUN}`, part: "lease" },
        UpdateExpression,
        ExpressionAttributeValues: values,
      }),
    );

  it("that another took a moment before is refused, and the other is named", async () => {
    const alice = await open();
    const bob = await open(() => alice.leases.acquire(RUN, ALICE));
    await expect(bob.leases.acquire(RUN, BOB)).rejects.toMatchObject({
      name: "LeaseHeldError",
      message: expect.stringContaining(ALICE),
    });
    expect(await alice.leases.inspect(RUN)).toMatchObject({ holder: ALICE, epoch: 1 });
  });

  it("that another took a moment before and gave back is refused too, and may be had then", async () => {
    const alice = await open();
    const bob = await open(async (at) => at === 1 && (await alice.leases.acquire(RUN, ALICE)).release());
    await expect(bob.leases.acquire(RUN, BOB)).rejects.toMatchObject({
      name: "LeaseHeldError",
      details: { run_id: RUN, holder: "another", since: new Date(start).toISOString() },
    });
    expect(await bob.leases.acquire(RUN, BOB)).toMatchObject({ epoch: 2, notices: [] });
  });

  it("that was asked for twice, as no answer came at first, is had, and so is what is appended under it", async () => {
    const clients = disturbed(twice);
    const stores = await openAwsStores(address, { clients, clock: manualClock() });
    const taken = await stores.leases.acquire(RUN, ALICE);
    expect(taken).toMatchObject({ epoch: 1, notices: [] });
    await stores.events.append(RUN, 0, [event("e1"), event("e2")]);
    expect(await stores.events.append(RUN, 2, [event("e3")])).toMatchObject({ head: { seq: 3 } });
    expect(await stores.history.append(RUN, ["h1"])).toBe(1);
    expect(await stores.history.append(RUN, ["h2", "h3"])).toBe(3);
    await taken.release();
    expect(await stores.events.append(RUN, 3, [event("e4")])).toMatchObject({ head: { seq: 4 } });
    const reader = await open();
    expect((await collect(reader.events.read(RUN))).map(({ name }) => name)).toEqual(["e1", "e2", "e3", "e4"]);
    expect(await collect(reader.history.read(RUN))).toEqual(["h1", "h2", "h3"]);
    expect(await reader.leases.inspect(RUN)).toBeUndefined();
  });

  it("that was taken without an answer is taken anew by the same client, which says why", async () => {
    let isLost = true;
    const clients = disturbed(async (next) => {
      const answer = await next();
      if (isLost) throw Object.assign(new Error("reset"), { name: "TimeoutError", $metadata: {} });
      return answer;
    });
    const stores = await openAwsStores(address, { clients, clock: manualClock() });
    await expect(stores.leases.acquire(RUN, ALICE)).rejects.toMatchObject({ name: "IoError" });
    isLost = false;
    const taken = await stores.leases.acquire(RUN, ALICE);
    expect(taken).toMatchObject({ epoch: 2, notices: [{ why: "no answer came when it was taken" }] });
    await stores.events.append(RUN, 0, [event("e1")]);
  });

  it("names the process that has it, and its machine", async () => {
    const alice = await open();
    await alice.leases.acquire(RUN, ALICE);
    expect(await alice.leases.inspect(RUN)).toEqual({
      epoch: 1,
      holder: ALICE,
      place: `process ${process.pid} on ${hostname()}`,
      since: new Date(start).toISOString(),
      lastSeen: new Date(start).toISOString(),
      purpose: "run",
      isAlive: true,
    });
  });

  it("of a process that is gone is taken over at once; of one that cannot be asked for, once it is silent", async () => {
    const [alice, bob, later] = [await open(), await open(), await open(undefined, manualClock(start + LATER))];
    await alice.leases.acquire(RUN, ALICE);
    // Linux gives no process such a number.
    await spoil("SET worker = :gone", { ":gone": { ...systemProcesses().self, pid: 2 ** 22 + 1 } });
    const why = expect.stringMatching(/^process \d+ on .+ is gone$/);
    const taken = await bob.leases.acquire(RUN, BOB);
    expect(taken).toMatchObject({ epoch: 2, notices: [{ from: { holder: ALICE, isAlive: false }, why }] });
    await spoil("REMOVE worker");
    expect(await bob.leases.inspect(RUN)).toMatchObject({ holder: BOB, isAlive: undefined });
    await expect((await open()).leases.acquire(RUN, ALICE)).rejects.toMatchObject({ name: "LeaseHeldError" });
    expect(await later.leases.acquire(RUN, ALICE)).toMatchObject({ epoch: 3, notices: [{ from: { holder: BOB } }] });
  });

  it("lasts as long as the stores are told", async () => {
    await (await open()).leases.acquire(RUN, ALICE);
    const options = { leaseTime: 1_000 };
    const early = await open(undefined, manualClock(start + 1_000), options);
    await expect(early.leases.acquire(RUN, BOB)).rejects.toMatchObject({ name: "LeaseHeldError" });
    const late = await open(undefined, manualClock(start + 1_001), options);
    expect(await late.leases.acquire(RUN, BOB)).toMatchObject({ epoch: 2 });
  });

  it("that is found lost while it is given back lets its holder write no more", async () => {
    const clock = manualClock();
    const alice = await open(undefined, clock);
    const lost = await alice.leases.acquire(RUN, ALICE);
    const bob = await open(undefined, manualClock(start + LATER));
    await (await bob.leases.acquire(RUN, BOB)).release();
    // A sign of life is under way.
    clock.advance(DEFAULT_LEASE_TIME / 3);
    await lost.release();
    expect(lost.lost.aborted).toBe(true);
    await expect(alice.events.append(RUN, 0, [event("e1")])).rejects.toMatchObject({ name: "LeaseLostError" });
    await expect(alice.runs.writeStatus(RUN, {})).rejects.toMatchObject({ name: "LeaseLostError" });
    await bob.close();
  });

  it("shows no sign of life once it is given back or lost", async () => {
    const clock = manualClock();
    const alice = await open(undefined, clock);
    const seen = async () => (await alice.leases.inspect(RUN))?.lastSeen;
    await (await alice.leases.acquire(RUN, ALICE)).release();
    const bob = await open(undefined, clock);
    await bob.leases.acquire(RUN, BOB);
    await bob.close();
    expect(await seen()).toBeUndefined();
    clock.advance(DEFAULT_LEASE_TIME);
    expect(await seen()).toBeUndefined();
    await (await alice.leases.acquire(RUN, ALICE)).release();
    await alice.runs.writeStatus(RUN, {});
  });

  it("writes what comes together in one transaction, as far as DynamoDB takes it", async () => {
    let sent = 0;
    const stores = await open(async () => void sent++);
    await stores.leases.acquire(RUN, ALICE);
    sent = 0;
    await Promise.all(Array.from({ length: 20 }, (_, seq) => stores.events.append(RUN, seq, [event("e")])));
    expect(sent).toBe(1);
    const long = (seq: number) => stores.events.append(RUN, seq, [event("e", { text: "x".repeat(130_000) })]);
    await Promise.all([20, 21, 22, 23, 24].map(long));
    expect(sent).toBe(4);
    expect(await (await open()).events.verifyChain(RUN)).toEqual({ entries: 25, sealed: 25 });
  });

  it("of one append is waited for: whoever wants the run has it behind that", async () => {
    await (await open()).leases.acquire(RUN, ALICE);
    const order: string[] = [];
    let append = (): void => {};
    const mayAppend = new Promise<void>((resolve) => (append = resolve));
    let take = (): void => {};
    const hasTaken = new Promise<void>((resolve) => (take = resolve));
    // Refused as Alice holds the run; then it takes the lease over, and writes.
    const appender = await open(
      async (at) => {
        if (at !== 3) return;
        take();
        await mayAppend;
      },
      manualClock(start + LATER),
    );
    const appended = appender.events.append(RUN, 0, [event("e1")]).then(() => order.push("appended"));
    await hasTaken;
    expect(await appender.leases.inspect(RUN)).toMatchObject({ purpose: "append" });

    const delays: number[] = [];
    const bob = await open(undefined, {
      ...manualClock(start + LATER),
      async delay(milliseconds) {
        delays.push(milliseconds);
        append();
        await appended;
      },
    });
    const lease = await bob.leases.acquire(RUN, BOB);
    order.push("taken");
    expect({ order, delays, epoch: lease.epoch }).toEqual({ order: ["appended", "taken"], delays: [50], epoch: 3 });
    expect(await collect(bob.events.read(RUN))).toHaveLength(1);
  });

  it("of one append is given back with it: more is appended, and the stores close", async () => {
    const clock = manualClock(start + LATER);
    await (await open()).leases.acquire(RUN, ALICE);
    const appender = await open(undefined, clock);
    await Promise.all([appender.events.append(RUN, 0, [event("e1")]), appender.history.append(RUN, ["h1"])]);
    await appender.events.append(RUN, 1, [event("e2")]);
    await appender.history.append(RUN, ["h2"]);
    expect(await appender.leases.inspect(RUN)).toBeUndefined();
    await appender.close();
    const reader = await open();
    expect(await collect(reader.events.read(RUN))).toHaveLength(2);
    expect(await collect(reader.history.read(RUN))).toEqual(["h1", "h2"]);
  });

  it("of one append that was taken over is lost with that append, and keeps no later one", async () => {
    await (await open()).leases.acquire(RUN, ALICE);
    const bob = await open(undefined, manualClock(start + 2 * LATER));
    const takeOver = async () => {
      const lease = await bob.leases.acquire(RUN, BOB);
      await bob.events.append(RUN, 0, [event("from_bob")]);
      await lease.release();
    };
    const appender = await open(async (at) => at === 3 && takeOver(), manualClock(start + LATER));
    await expect(appender.events.append(RUN, 0, [event("e1")])).rejects.toMatchObject({ name: "LeaseLostError" });
    await appender.events.append(RUN, 1, [event("e2")]);
    expect((await collect(appender.events.read(RUN))).map(({ name }) => name)).toEqual(["from_bob", "e2"]);
  });

  it("of one append is none of another log's: what is appended there meanwhile loses nothing when it is taken over", async () => {
    await (await open()).leases.acquire(RUN, ALICE);
    const bob = await open(undefined, manualClock(start + 2 * LATER));
    const takeOver = async () => (await bob.leases.acquire(RUN, BOB)).release();
    let takenOver = Promise.resolve();
    let appended: Promise<unknown> | undefined;
    const appender = await open(
      async (at) => {
        if (at === 3) {
          takenOver = takeOver();
          appended = appender.history.append(RUN, ["h1"]);
        }
        await takenOver;
      },
      manualClock(start + LATER),
    );
    await expect(appender.events.append(RUN, 0, [event("e1")])).rejects.toMatchObject({ name: "LeaseLostError" });
    await appended;
    expect(await collect(appender.history.read(RUN))).toEqual(["h1"]);
  });

  it("of one append that does not end is not waited for for ever", async () => {
    await (await open()).leases.acquire(RUN, ALICE);
    let take = (): void => {};
    const hasTaken = new Promise<void>((resolve) => (take = resolve));
    let append = (): void => {};
    const mayAppend = new Promise<void>((resolve) => (append = resolve));
    const appender = await open(
      async (at) => {
        if (at !== 3) return;
        take();
        await mayAppend;
      },
      manualClock(start + LATER),
    );
    const appended = appender.events.append(RUN, 0, [event("e1")]);
    await hasTaken;
    let delays = 0;
    const clock = { ...manualClock(start + LATER), delay: async () => void delays++ };
    await expect((await open(undefined, clock)).leases.acquire(RUN, BOB)).rejects.toThrow(/held/);
    expect(delays).toBe(100);
    append();
    await appended;
  });
});
