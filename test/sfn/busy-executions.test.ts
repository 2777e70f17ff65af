import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { giving, serveEachTest, until } from "./served.ts";

/** A loop that goes on while `n` is less than `most`, and carries what it is given along. */
const loop = (most: number) => ({
  StartAt: "A",
  States: {
    A: { Type: "Pass", Parameters: { "n.$": "States.MathAdd($.n, 1)", "pad.$": "$.pad" }, Next: "B" },
    B: { Type: "Choice", Choices: [{ Variable: "$.n", NumericGreaterThanEquals: most, Next: "C" }], Default: "A" },
    C: { Type: "Succeed" },
  },
});
const endless = loop(Number.MAX_SAFE_INTEGER);
const input = JSON.stringify({ n: 0, pad: "x".repeat(60_000) });

describe.each([
  { place: "in a folder", isInMemory: false },
  { place: "in memory", isInMemory: true },
])("executions that are always busy, kept $place", ({ isInMemory }) => {
  const served = serveEachTest(undefined, isInMemory);

  const history = async (executionArn: string, reverseOrder: boolean) => {
    const { client } = served;
    const events: sfn.HistoryEvent[] = [];
    const pages: number[] = [];
    for await (const page of sfn.paginateGetExecutionHistory(
      { client, pageSize: 1000 },
      { executionArn, reverseOrder },
    )) {
      events.push(...page.events!);
      pages.push(JSON.stringify(page.events).length);
    }
    return { events, pages };
  };

  it("let other calls be answered, and show their histories as they come", async () => {
    const busy = await served.create(endless);
    const quick = await served.create(giving(1), { name: "quick" });
    const arns: string[] = [];
    for (let count = 0; count < 5; count++) arns.push(await served.start(busy, { input }));
    expect((await served.ended(await served.start(quick))).output).toBe("1");
    const last = () =>
      served.client.send(
        new sfn.GetExecutionHistoryCommand({ executionArn: arns[0]!, reverseOrder: true, maxResults: 1 }),
      );
    const { events } = await until(last, (page) => page.events![0]!.id! > 100);
    expect((await served.describe(arns[0]!)).status).toBe("RUNNING");
    expect(events![0]!.id).toBeLessThan(25_000);
    for (const executionArn of arns) await served.client.send(new sfn.StopExecutionCommand({ executionArn }));
    expect((await served.describe(arns[4]!)).status).toBe("ABORTED");
  });

  it("have histories whose pages are bounded, and hold every event once, from either end", async () => {
    const executionArn = await served.start(await served.create(loop(40)), { input });
    await served.ended(executionArn);
    const forwards = await history(executionArn, false);
    const ids = forwards.events.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(ids.length).toBeGreaterThan(150);
    expect(Math.max(...forwards.pages)).toBeLessThan(1_200_000);
    const backwards = await history(executionArn, true);
    expect(backwards.events.toReversed()).toEqual(forwards.events);
    expect(Math.max(...backwards.pages)).toBeLessThan(1_200_000);
  });

  it("end as Express ones after five minutes, in time", async () => {
    const express = await served.create(endless, { type: "EXPRESS" });
    const idle = served.clock.pending();
    const sync = served.client.send(new sfn.StartSyncExecutionCommand({ stateMachineArn: express, input }));
    // Time that passed before its end is waited for would be part of its life.
    await until(served.clock.pending, (count) => count > idle);
    served.clock.advance(150_000);
    const stillRuns = Promise.race([sync.then(() => false), new Promise((resolve) => setImmediate(resolve, true))]);
    expect(await stillRuns).toBe(true);
    served.clock.advance(150_000);
    const { status, startDate, stopDate } = await sync;
    expect({ status, life: stopDate!.getTime() - startDate!.getTime() }).toEqual({
      status: "TIMED_OUT",
      life: 300_000,
    });
  });

  it("are given up when the server closes", async () => {
    await served.start(await served.create(endless), { input });
    const express = await served.create(endless, { name: "express", type: "EXPRESS" });
    await served.start(express, { input });
    await served.restart();
    expect((await served.client.send(new sfn.ListStateMachinesCommand({}))).stateMachines).toHaveLength(
      isInMemory ? 0 : 2,
    );
  });

  it("do nothing more once the server is closed, also where they had nothing to write for long", async () => {
    let looks = 0;
    const now = () => {
      looks += 1;
      return served.clock.now();
    };
    await served.restart({ clock: { ...served.clock, now } });
    const Choices = Array.from({ length: 2_000 }, (_, n) => ({ Variable: "$.n", NumericEquals: n + 1, Next: "C" }));
    const thorough = { ...endless, States: { ...endless.States, B: { Type: "Choice", Choices, Default: "B" } } };
    await served.start(await served.create(thorough), { input: JSON.stringify({ n: -1, pad: "" }) });
    await served.restart({});
    const before = looks;
    for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    // What was under way when it closed may have looked once more.
    expect(looks - before).toBeLessThan(3);
  });
});
