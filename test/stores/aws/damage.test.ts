import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ALICE, event, events, RUN, signatureOf } from "../support/samples.ts";
import { playedAwsStore } from "./played/store.ts";

/** Stores with a run in them, and another client of them that remembers nothing. */
async function setUp() {
  const played = await playedAwsStore();
  const { address, clients, stores, Bucket, prefix } = played;
  await stores.runs.create(RUN, {});
  const db = DynamoDBDocumentClient.from(clients.db);
  return {
    ...played,
    db,
    other: () => openAwsStores(address, { clients, clock: manualClock() }),
    /** Changes an item of the run in the table `runs`. */
    spoil: (part: string, UpdateExpression: string, more: Partial<UpdateCommandInput> = {}) =>
      db.send(
        new UpdateCommand({
          TableName: "restep-runs",
          Key: { subject: `run#${RUN}`, part },
          UpdateExpression,
          ...more,
        }),
      ),
    keys: async (below: string) => {
      const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix + below }));
      return Contents.map(({ Key = "" }) => Key);
    },
  };
}

const corrupt = (message: RegExp) => ({ name: "CorruptionError", message: expect.stringMatching(message) });
const AS = { ExpressionAttributeValues: { ":as": "{" } };

describe("a log in AWS", () => {
  const long = event("long", { text: "x".repeat(310_000) });

  it("keeps in the bucket what no item takes, and reads it back", async () => {
    const { db, stores, other, keys } = await setUp();
    await stores.events.append(RUN, 0, [event("e1")]);
    await stores.events.append(RUN, 1, [long, event("e3")]);
    expect(await keys(`logs/${RUN}/events/`)).toHaveLength(1);
    const { Item } = await db.send(
      new GetCommand({ TableName: "restep-events", Key: { run_id: RUN, first: 2 }, ConsistentRead: true }),
    );
    expect(Item).toMatchObject({
      first: 2,
      last: 3,
      lines_at: expect.stringMatching(/^logs\/.*\/events\/[0-9a-f]{64}$/),
    });
    const found = await collect((await other()).events.read(RUN, 2));
    expect(found.map(({ seq, name }) => `${seq} ${name}`)).toEqual(["2 long", "3 e3"]);
    expect(found[0]?.payload).toEqual(long.payload);
  });

  it.each(["gone", "another"])("says so where what the bucket keeps of it is %s", async (what) => {
    const { clients, stores, other, keys, Bucket } = await setUp();
    await stores.events.append(RUN, 0, [long]);
    const [Key] = await keys("logs/");
    await clients.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    if (what === "another") await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from("{}") }));
    await expect((await other()).events.verifyChain(RUN)).rejects.toMatchObject(
      corrupt(/line 1 of the events .*the text that logs\/.* names.*none, or another.*earlier version/),
    );
  });

  it("is not written where something stands behind its end, and says where to look", async () => {
    const { db, stores } = await setUp();
    await db.send(new PutCommand({ TableName: "restep-events", Item: { run_id: RUN, first: 1, last: 1, lines: "?" } }));
    await expect(stores.events.append(RUN, 0, [event("e1")])).rejects.toMatchObject(
      corrupt(/line 1 of the events of run .*nothing yet.*an item.*the table restep-events/),
    );
  });

  it("that lacks its last lines is said to, from wherever it is read", async () => {
    const { db, stores, other } = await setUp();
    await stores.events.append(RUN, 0, events(1, 2));
    await stores.events.append(RUN, 2, events(3, 2));
    await db.send(new DeleteCommand({ TableName: "restep-events", Key: { run_id: RUN, first: 3 } }));
    const ends = corrupt(/expected to end at seq 4 .*found seq 2/);
    for (const from of [1, 2]) {
      await expect(collect((await other()).events.read(RUN, from))).rejects.toMatchObject(ends);
    }
    await expect(collect((await other()).events.read(RUN, 4))).rejects.toMatchObject(corrupt(/to end at seq 4/));
    expect(await collect((await other()).events.read(RUN, 5))).toEqual([]);
    await expect((await other()).events.verifyChain(RUN)).rejects.toMatchObject(ends);
  });

  it("that lacks its first lines, or all, is said to", async () => {
    const { db, stores, other } = await setUp();
    await stores.events.append(RUN, 0, events(1, 2));
    await stores.events.append(RUN, 2, events(3, 2));
    const remove = (first: number) =>
      db.send(new DeleteCommand({ TableName: "restep-events", Key: { run_id: RUN, first } }));
    await remove(1);
    await expect((await other()).events.verifyChain(RUN)).rejects.toMatchObject(corrupt(/expected .*found/));
    expect((await collect((await other()).events.read(RUN, 4))).map(({ name }) => name)).toEqual(["e4"]);
    await remove(3);
    for (const from of [1, 3]) {
      await expect(collect((await other()).events.read(RUN, from))).rejects.toMatchObject(
        corrupt(/expected to end at seq 4 .*found seq 0/),
      );
    }
  });

  it("of one line that lacks it is said to", async () => {
    const { db, stores, other } = await setUp();
    await stores.events.append(RUN, 0, [event("e1")]);
    await db.send(new DeleteCommand({ TableName: "restep-events", Key: { run_id: RUN, first: 1 } }));
    await expect(collect((await other()).events.read(RUN))).rejects.toMatchObject(
      corrupt(/expected to end at seq 1 .*found seq 0/),
    );
  });

  it("that ends with another line is said to", async () => {
    const { spoil, stores, other } = await setUp();
    await stores.events.append(RUN, 0, events(1, 2));
    await spoil("events", "SET prev = :as", { ExpressionAttributeValues: { ":as": "f".repeat(64) } });
    await expect((await other()).events.verifyChain(RUN)).rejects.toMatchObject(corrupt(/SHA-256 f{64}.*found seq 2/));
  });

  it("of its history that lacks lines says which", async () => {
    const { db, stores, other } = await setUp();
    for (const entry of [1, 2, 3]) await stores.history.append(RUN, [entry]);
    const remove = (first: number) =>
      db.send(new DeleteCommand({ TableName: "restep-history", Key: { run_id: RUN, first } }));
    await remove(2);
    await expect((await other()).history.verify(RUN)).rejects.toMatchObject(corrupt(/line 2.*the next entry.*line 3/));
    await remove(3);
    await expect((await other()).history.verify(RUN)).rejects.toMatchObject(
      corrupt(/line 2.*the end, 2 before it is due/),
    );
  });

  it("takes appends that were not awaited together, in their order", async () => {
    const { stores } = await setUp();
    const first = stores.history.append(RUN, ["a"]);
    const rest = ["b", "c", "d"].map((entry) => stores.history.append(RUN, [entry]));
    expect(await Promise.all([first, ...rest])).toEqual([1, 2, 3, 4]);
    expect(await collect(stores.history.read(RUN))).toEqual(["a", "b", "c", "d"]);
  });
});

describe("an item in AWS that somebody changed", () => {
  it("is no record of a run", async () => {
    const { spoil, other } = await setUp();
    await spoil("record", "SET text = :as", AS);
    await expect((await other()).runs.get(RUN)).rejects.toMatchObject(
      corrupt(/the record of run .*as it was written.*another text.*a backup of the table/),
    );
  });

  it("is no status, which the events can give anew", async () => {
    const { db, stores } = await setUp();
    expect(await stores.runs.readStatus(RUN)).toBeUndefined();
    const Item = { run_id: RUN, epoch: 0, status: "{" };
    await db.send(new PutCommand({ TableName: "restep-status", Item }));
    await expect(stores.runs.readStatus(RUN)).rejects.toMatchObject(
      corrupt(/the status of run .*\(table restep-status\).*JSON.*rebuild it from the events/),
    );
  });

  it("is no request to cancel", async () => {
    const { spoil, stores } = await setUp();
    await stores.cancellations.request(RUN, { by: ALICE, reason: "no" });
    await spoil("cancellation", "SET cancellation = :as", AS);
    await expect(stores.cancellations.find(RUN)).rejects.toMatchObject(
      corrupt(/the request to cancel run .*who wants it and why.*remove the item and ask again/),
    );
  });

  it("is no signature, nor is one whose text is gone or another", async () => {
    const { clients, stores, keys, Bucket } = await setUp();
    await stores.signatures.put(RUN, signatureOf(RUN, "a"));
    const [Key] = await keys(`logs/${RUN}/signatures/`);
    const damaged = corrupt(/signature#ed25519:a{64} of run .*sign the run again/);
    await clients.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    await expect(stores.signatures.list(RUN)).rejects.toMatchObject(damaged);
    await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from("{}") }));
    await expect(stores.signatures.list(RUN)).rejects.toMatchObject(damaged);
  });

  it("is no entry of the record of removals", async () => {
    const { db, stores } = await setUp();
    for (const [part, entry] of [
      ["entry#000000000000", "{"],
      ["entry#000000000001", "{}"],
    ]) {
      await db.send(new PutCommand({ TableName: "restep-runs", Item: { subject: "removals", part, entry } }));
    }
    expect(await collect(stores.retention.removals())).toEqual([]);
  });
});
