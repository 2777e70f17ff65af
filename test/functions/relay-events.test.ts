import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { handler } from "../../functions/relay-events/handler.ts";
import { collect } from "../../shared/stores/collect.ts";
import { encodeJson } from "../../shared/stores/log-lines.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import { openStores } from "../../shared/stores/open.ts";
import type { Json } from "../../shared/stores/ports.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { ended, place, started } from "../kernel/run/events.ts";
import { packedExit } from "../runs/exit-program.ts";
import { events, RUN } from "../stores/support/samples.ts";

/** A folder stands for a deployment's stores. */
vi.mock("../../shared/stores/open-deployed.ts", async () => ({
  openDeployedStores: (await import("../../shared/stores/open.ts")).openStores,
}));

const bridge = mockClient(EventBridgeClient);
// Of every client of this process, until then.
afterAll(() => bridge.restore());
const sent = () => bridge.commandCalls(PutEventsCommand).map(({ args: [{ input }] }) => input.Entries ?? []);

/** A record of the stream for each so many events. */
async function appended(...counts: readonly number[]) {
  const stores = createMemoryStores();
  await stores.runs.create(RUN, {});
  let first = 1;
  const records = [];
  for (const count of counts) {
    await stores.events.append(RUN, first - 1, events(first, count));
    const lines = encodeJson((await collect(stores.events.read(RUN, first))) as never).join("\n");
    const NewImage = {
      run_id: { S: RUN },
      first: { N: `${first}` },
      last: { N: `${first + count - 1}` },
      lines: { S: lines },
    };
    records.push({ eventName: "INSERT", dynamodb: { SequenceNumber: `at ${first}`, NewImage } });
    first += count;
  }
  return { Records: records };
}

describe("events of a stream", () => {
  beforeEach(() => {
    vi.stubEnv("RESTEP_EVENT_BUS", "bus");
    vi.stubEnv("RESTEP_LOG_LEVEL", "silent");
    bridge.reset();
    bridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
  });
  afterEach(() => vi.unstubAllEnvs());

  it("go on the bus in their order, ten at a time, under their own names", async () => {
    expect(await handler(await appended(12, 1))).toEqual({ batchItemFailures: [] });
    expect(sent().map((entries) => entries.length)).toEqual([10, 2, 1]);
    const details = sent()
      .flat()
      .map(({ Detail }) => JSON.parse(Detail ?? "") as { seq: number; event_id: string });
    expect(details.map(({ seq }) => seq)).toEqual(Array.from({ length: 13 }, (_, at) => at + 1));
    expect(new Set(details.map(({ event_id }) => event_id)).size).toBe(13);
    expect(sent()[0]?.[0]).toMatchObject({ EventBusName: "bus", Source: "restep", Time: expect.any(Date) });
  });

  it.each([
    [
      "is refused in part",
      () =>
        bridge
          .on(PutEventsCommand)
          .resolvesOnce({ FailedEntryCount: 0 })
          .resolves({
            FailedEntryCount: 1,
            Entries: [{}, { ErrorCode: "ThrottlingException", ErrorMessage: "slower" }],
          }),
    ],
    [
      "is refused",
      () =>
        bridge
          .on(PutEventsCommand)
          .resolvesOnce({ FailedEntryCount: 0 })
          .rejects(new Error("the credentials have expired")),
    ],
  ])("behind one whose sending %s are not sent before it, and it is named", async (_, fail) => {
    fail();
    expect(await handler(await appended(1, 2, 3))).toEqual({ batchItemFailures: [{ itemIdentifier: "at 2" }] });
    expect(sent()).toHaveLength(2);
  });

  it("that end a run have its status written, which lists then show without its log", async () => {
    const folder = temporaryFolder();
    vi.stubEnv("RESTEP_STORE", folder.path);
    const stores = await openStores(folder.path);
    const { submission } = packedExit();
    const { run_id: runId } = submission;
    await stores.runs.create(runId, submission as unknown as Json);
    const unplaced = [started(["intake"]), ended("failed")].map((row) => {
      const { run_id: _run, seq: _seq, event_id: _id, prev: _prev, ...event } = place(row, 1);
      return event;
    });
    await stores.events.append(runId, 0, unplaced);
    const logged = await collect(stores.events.read(runId));
    const recordsOf = (from: number, to: number) => {
      const lines = encodeJson(logged.slice(from - 1, to) as never).join("\n");
      const NewImage = { run_id: { S: runId }, first: { N: `${from}` }, last: { N: `${to}` }, lines: { S: lines } };
      return { Records: [{ eventName: "INSERT", dynamodb: { SequenceNumber: `at ${from}`, NewImage } }] };
    };
    expect(await handler(recordsOf(1, 1))).toEqual({ batchItemFailures: [] });
    expect(await stores.runs.readStatus(runId)).toBeUndefined();
    expect(await handler(recordsOf(2, 2))).toEqual({ batchItemFailures: [] });
    expect(await stores.runs.readStatus(runId)).toMatchObject({ run_id: runId, state: "failed" });
    await stores.close();
    folder.remove();
  });

  it("that are none stop their run's, and are named", async () => {
    const { Records } = await appended(1, 1);
    const image = Records[0]!.dynamodb.NewImage;
    Object.assign(image, { lines: { S: "{}" } });
    expect(await handler({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: "at 1" }] });
    expect(sent()).toEqual([]);
  });
});
