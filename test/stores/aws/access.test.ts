import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { newRunRecord, recordText } from "../../../shared/stores/stored-run.ts";
import { manualClock } from "../support/manual-clock.ts";
import { ALICE, event, RUN } from "../support/samples.ts";
import { caught, failure } from "./failures.ts";
import { mockedAws } from "./mocked.ts";

const bytes = Buffer.from("some bytes");
const ref = `artifact://${sha256(bytes)}` as ArtifactRef;

describe("what AWS answers", () => {
  const aws = mockedAws();

  describe("to a removal", () => {
    const seen = { ref, lastPut: 1 };
    beforeEach(() => {
      aws.s3.reset().on(DeleteObjectCommand).resolves({});
      aws.db.reset().on(UpdateCommand).resolves({});
    });

    it("is a failure where that cannot be begun, or not be ended", async () => {
      aws.s3.on(HeadObjectCommand).resolves({ VersionId: "v1" });
      aws.db.on(UpdateCommand).rejectsOnce(failure("ThrottlingException"));
      expect((await caught(() => aws.stores.retention.remove(seen))).name).toBe("IoError");
      expect(aws.s3.commandCalls(DeleteObjectCommand)).toHaveLength(0);
      aws.db.reset().on(UpdateCommand).resolvesOnce({}).rejects(failure("ThrottlingException"));
      expect((await caught(() => aws.stores.retention.remove(seen))).name).toBe("IoError");
      expect(aws.s3.commandCalls(DeleteObjectCommand)).toHaveLength(1);
    });

    it.each([undefined, "null"])("is nothing that can be removed where the version is %s", async (VersionId) => {
      aws.s3.on(HeadObjectCommand).resolves({ VersionId });
      const { name, message } = await caught(() => aws.stores.retention.remove(seen));
      expect({ name, message }).toEqual({
        name: "LayoutError",
        message:
          "cannot remove an object: a bucket that keeps no versions, in which a removal could meet what is put at the same time at s3://bucket/p/; turn versioning on",
      });
      expect(aws.s3.commandCalls(DeleteObjectCommand)).toHaveLength(0);
    });
  });

  it("to a sign of life that did not arrive is no loss of the lease", async () => {
    const clock = manualClock();
    const patient = await openAwsStores("s3://bucket/p?tables=t", { clock });
    const record = { text: recordText(newRunRecord(RUN, {}, "2026-01-01T00:00:00.000Z")) };
    aws.db
      .reset()
      .on(GetCommand)
      .resolves({ Item: { ...record, epoch: 0 } });
    aws.db.on(TransactWriteCommand).resolves({}).on(UpdateCommand).rejects(failure("ThrottlingException"));
    const lease = await patient.leases.acquire(RUN, ALICE);
    clock.advance(30_000);
    await patient.leases.inspect(RUN);
    expect(aws.db.commandCalls(UpdateCommand)).not.toHaveLength(0);
    expect(lease.lost.aborted).toBe(false);
    aws.db.on(UpdateCommand).rejects(failure("ConditionalCheckFailedException"));
    clock.advance(30_000);
    await patient.leases.inspect(RUN);
    expect(lease.lost.aborted).toBe(true);
  });

  it("comes by clients for the region of the address, six times each, that end with the stores", async () => {
    const [tables, bucket] = [aws.db.calls()[0]!.thisValue, aws.s3.calls()[0]!.thisValue] as [
      DynamoDBDocumentClient,
      S3Client,
    ];
    for (const { config } of [tables, bucket]) {
      expect(await (config.region as () => Promise<string>)()).toBe("eu-central-1");
      expect(await (config.maxAttempts as () => Promise<number>)()).toBe(6);
    }
    const ends = vi.spyOn(S3Client.prototype, "destroy");
    const tablesEnd = vi.spyOn(DynamoDBClient.prototype, "destroy");
    const given = { s3: new S3Client({ region: "us-east-1" }), db: new DynamoDBClient({ region: "us-east-1" }) };
    await (await openAwsStores("s3://bucket/p", { clients: given })).close();
    expect([ends.mock.calls.length, tablesEnd.mock.calls.length]).toEqual([0, 0]);
    await aws.stores.close();
    expect([ends.mock.calls.length, tablesEnd.mock.calls.length]).toEqual([1, 1]);
    vi.restoreAllMocks();
  });

  it("is not asked for again where nothing can have changed: the end of a log under a lease", async () => {
    const record = { text: recordText(newRunRecord(RUN, {}, "2026-01-01T00:00:00.000Z")) };
    aws.db
      .reset()
      .on(GetCommand)
      .resolves({ Item: { ...record, seq: 0, prev: "0".repeat(64), epoch: 0 } });
    aws.db.on(TransactWriteCommand).resolves({});
    await aws.stores.leases.acquire(RUN, ALICE);
    await aws.stores.events.append(RUN, 0, [event("e1")]);
    const asked = aws.db.commandCalls(GetCommand).length;
    await aws.stores.events.append(RUN, 1, [event("e2")]);
    expect(aws.db.commandCalls(GetCommand)).toHaveLength(asked);
  });

  it("is asked for twice a second, no oftener, by whoever follows a log in which nothing changes", async () => {
    const clock = manualClock();
    const patient = await openAwsStores("s3://bucket/p?tables=t", { clock });
    const record = { text: recordText(newRunRecord(RUN, {}, "2026-01-01T00:00:00.000Z")) };
    aws.db
      .reset()
      .on(GetCommand)
      .resolves({ Item: { ...record, seq: 0, prev: "0".repeat(64), epoch: 0 } });
    aws.db.on(QueryCommand).resolves({ Items: [] });
    const stop = new AbortController();
    const following = collect(patient.events.follow(RUN, 1, stop.signal));
    const turns = async () => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return aws.db.calls().length;
    };
    const first = await turns();
    expect(await turns()).toBe(first);
    clock.advance(500);
    const second = await turns();
    expect(second).toBeGreaterThan(first);
    expect(await turns()).toBe(second);
    stop.abort();
    expect(await following).toEqual([]);
    // Nothing is left that would look again.
    const last = await turns();
    clock.advance(5_000);
    expect(await turns()).toBe(last);
  });

  it("names what was asked for where it is a failure", async () => {
    aws.s3.reset().rejects(failure("SlowDown"));
    expect((await caught(() => aws.stores.artifacts.has(ref))).message).toMatch(
      /^cannot ask S3 for HeadObject: SlowDown/,
    );
    aws.db.reset().rejects(failure("SlowDown"));
    expect((await caught(() => aws.stores.leases.inspect(RUN))).message).toMatch(
      /^cannot ask DynamoDB for Get: SlowDown/,
    );
  });

  it("to questions for artifacts that nothing is noted of is what S3 says of them, a hundred asked for at a time", async () => {
    const all = Array.from({ length: 101 }, (_, n) => sha256(Buffer.from(`no ${n}`))).toSorted();
    aws.s3.reset().resolves({
      Contents: all.map((one) => ({ Key: `p/artifacts/${one.slice(0, 2)}/${one.slice(2)}`, Size: 7 })),
    });
    const known = {
      subject: `artifact#${all[100]}`,
      part: "index",
      kinds: new Set(["output", "nonsense"]),
      last_put: 7,
    };
    aws.db
      .reset()
      .on(BatchGetCommand)
      .resolvesOnce({ Responses: {} })
      .resolves({ Responses: { "t-runs": [known] } });
    const stats = await collect(aws.stores.artifacts.list());
    const expected = all.map((one, n) => ({ ref: `artifact://${one}`, size: 7, kinds: n === 100 ? ["output"] : [] }));
    expect(stats).toEqual(expected);
    const asked = aws.db
      .commandCalls(BatchGetCommand)
      .map(({ args }) => args[0].input.RequestItems!["t-runs"]!.Keys!.length);
    expect(asked).toEqual([100, 1]);
    aws.db.on(BatchGetCommand).resolves({});
    expect((await collect(aws.stores.retention.artifacts())).map(({ lastPut }) => lastPut)).toEqual(all.map(() => 0));
  });

  it("to a part of a batch is asked for again", async () => {
    const digits = sha256(bytes);
    const key = { subject: `artifact#${digits}`, part: "index" };
    aws.s3.reset().resolves({ Contents: [{ Key: `p/artifacts/${digits.slice(0, 2)}/${digits.slice(2)}`, Size: 10 }] });
    aws.db.reset();
    aws.db
      .on(BatchGetCommand)
      .resolvesOnce({ UnprocessedKeys: { "t-runs": { Keys: [key] } } })
      .resolves({ Responses: { "t-runs": [{ ...key, kinds: new Set(["manifest"]), last_put: 7 }] } });
    expect(await collect(aws.stores.artifacts.list())).toEqual([{ ref, size: 10, kinds: ["manifest"] }]);
    expect(aws.db.commandCalls(BatchGetCommand)).toHaveLength(2);
  });
});
