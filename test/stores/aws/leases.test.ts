import { beforeEach, describe, expect, it } from "vitest";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import type { Clock } from "../../../shared/stores/clock.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { DEFAULT_LEASE_TIME } from "../../../shared/stores/lease-policy.ts";
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
  async function open(before?: (at: number) => Promise<unknown>, clock: Clock = manualClock()) {
    const clients = aws.clients();
    let sent = 0;
    const stack = clients.db.middlewareStack as { add(middleware: unknown, options: object): void };
    const pausing = (next: (args: unknown) => unknown, context: { commandName?: string }) => async (args: unknown) => {
      if (context.commandName === "TransactWriteItemsCommand") await before?.(++sent);
      return next(args);
    };
    stack.add(pausing, { step: "initialize", name: "pausing" });
    return openAwsStores(address, { clients, clock });
  }

  it("that another took a moment before is refused, and the other is named", async () => {
    const alice = await open();
    const bob = await open(() => alice.leases.acquire(RUN, ALICE));
    await expect(bob.leases.acquire(RUN, BOB)).rejects.toMatchObject({
      name: "LeaseHeldError",
      message: expect.stringContaining(ALICE),
    });
    expect(await alice.leases.inspect(RUN)).toMatchObject({ holder: ALICE, epoch: 1 });
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
