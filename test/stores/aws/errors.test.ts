import { DeleteObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetCommand, QueryCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { openAwsStores } from "../../../shared/stores/aws/open.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import type { Stores } from "../../../shared/stores/ports.ts";
import { newRunRecord, recordText } from "../../../shared/stores/stored-run.ts";
import { ALICE, event, RUN } from "../support/samples.ts";
import { cancelled, caught, failure } from "./failures.ts";
import { mockedAws } from "./mocked.ts";

const bytes = Buffer.from("some bytes");
const ref = `artifact://${sha256(bytes)}` as ArtifactRef;

/** Every method that asks AWS for something. */
const METHODS: readonly [string, (stores: Stores) => Promise<unknown>][] = [
  ["artifacts.put", ({ artifacts }) => artifacts.put("output", bytes)],
  ["artifacts.get", ({ artifacts }) => artifacts.get(ref)],
  ["artifacts.has", ({ artifacts }) => artifacts.has(ref)],
  ["artifacts.stat", ({ artifacts }) => artifacts.stat(ref)],
  ["artifacts.list", ({ artifacts }) => collect(artifacts.list())],
  ["events.head", ({ events }) => events.head(RUN)],
  ["events.append", ({ events }) => events.append(RUN, 0, [event("e1")])],
  ["events.read", ({ events }) => collect(events.read(RUN))],
  ["events.follow", ({ events }) => collect(events.follow(RUN, 1, new AbortController().signal))],
  ["events.verifyChain", ({ events }) => events.verifyChain(RUN)],
  ["history.append", ({ history }) => history.append(RUN, [1])],
  ["history.read", ({ history }) => collect(history.read(RUN))],
  ["history.verify", ({ history }) => history.verify(RUN)],
  ["runs.create", ({ runs }) => runs.create(RUN, {})],
  ["runs.get", ({ runs }) => runs.get(RUN)],
  ["runs.has", ({ runs }) => runs.has(RUN)],
  ["runs.list", ({ runs }) => runs.list()],
  ["runs.writeStatus", ({ runs }) => runs.writeStatus(RUN, {})],
  ["runs.readStatus", ({ runs }) => runs.readStatus(RUN)],
  ["leases.acquire", ({ leases }) => leases.acquire(RUN, ALICE)],
  ["leases.inspect", ({ leases }) => leases.inspect(RUN)],
  ["cancellations.request", ({ cancellations }) => cancellations.request(RUN, { by: ALICE, reason: "no" })],
  ["cancellations.find", ({ cancellations }) => cancellations.find(RUN)],
  ["cancellations.wait", ({ cancellations }) => cancellations.wait(RUN, new AbortController().signal)],
  ["signatures.list", ({ signatures }) => signatures.list(RUN)],
  ["publications.publish", ({ publications }) => publications.publish(ref, [], RUN)],
  ["publications.confirm", ({ publications }) => publications.confirm(ref, RUN)],
  ["publications.find", ({ publications }) => publications.find(ref)],
  ["publications.withdraw", ({ publications }) => publications.withdraw(ref, RUN, "no")],
  ["retention.artifacts", ({ retention }) => collect(retention.artifacts())],
  ["retention.inspect", ({ retention }) => retention.inspect(ref)],
  ["retention.remove", ({ retention }) => retention.remove({ ref, lastPut: 0 })],
  ["retention.setAside", ({ retention }) => collect(retention.setAside())],
  ["retention.removeSetAside", ({ retention }) => retention.removeSetAside({ name: "x" })],
  [
    "retention.record",
    ({ retention }) =>
      retention.record([{ at: "2026-01-01T00:00:00.000Z", artifact: ref, size: 1, why: "w", outcome: "kept" }]),
  ],
  ["retention.removals", ({ retention }) => collect(retention.removals())],
];

/** What AWS says, what it is here, whether another try may help, and what a person is told. */
const FAILURES: readonly [Error, string, boolean, RegExp][] = [
  [failure("ThrottlingException"), "IoError", true, /ThrottlingException: .*try again/],
  [failure("ProvisionedThroughputExceededException"), "IoError", true, /try again/],
  [failure("RequestLimitExceeded"), "IoError", true, /try again/],
  [failure("SlowDown"), "IoError", true, /SlowDown/],
  [failure("InternalServerError"), "IoError", true, /InternalServerError/],
  [failure("ServiceUnavailable", { $metadata: { httpStatusCode: 503 } }), "IoError", true, /ServiceUnavailable/],
  [failure("TimeoutError"), "IoError", true, /TimeoutError/],
  [failure("ECONNRESET"), "IoError", true, /ECONNRESET/],
  [cancelled("None", "ThrottlingError"), "IoError", true, /TransactionCanceledException: .*try again/],
  [failure("TransactionCanceledException"), "IoError", true, /TransactionCanceledException/],
  [failure("TransactionCanceledException", { CancellationReasons: [{}] }), "IoError", true, /TransactionCanceled/],
  [failure("Surprise", { message: "" }), "IoError", true, /Surprise/],
  [failure("ExpiredToken"), "AccessDeniedError", false, /the credentials have expired.*sign in anew/],
  [failure("ExpiredTokenException"), "AccessDeniedError", false, /the credentials have expired/],
  [failure("CredentialsProviderError"), "AccessDeniedError", false, /no credentials found/],
  [failure("AccessDenied"), "AccessDeniedError", false, /permission denied/],
  [failure("AccessDeniedException"), "AccessDeniedError", false, /permission denied/],
  [failure("RequestTimeTooSkewed"), "AccessDeniedError", false, /this machine's clock is wrong/],
  [failure("UnrecognizedClientException"), "AccessDeniedError", false, /the access key is unknown/],
  [failure("SignatureDoesNotMatch"), "AccessDeniedError", false, /the signature is not accepted/],
  [failure("NoSuchBucket"), "NotFoundError", false, /the bucket not found in s3:\/\/bucket\/p\/; deploy it first/],
  [
    failure("ResourceNotFoundException"),
    "NotFoundError",
    false,
    /the table not found in s3:\/\/bucket\/p\/; deploy it first/,
  ],
];

describe("what AWS says", () => {
  const aws = mockedAws();

  it.each(METHODS)("is an error of the aws.stores, whatever it is and whoever asked: %s", async (_, method) => {
    for (const [cause, name, retryable, message] of FAILURES) {
      aws.s3.reset().rejects(cause);
      aws.db.reset().rejects(cause);
      const error = await caught(() => method(aws.stores));
      expect({ name: error.name, retryable: error.retryable }, cause.name).toEqual({ name, retryable });
      expect(error.message).toMatch(message);
      expect(error.message).toContain("s3://bucket/p/");
      expect(error.cause ?? cause).toBe(cause);
    }
  });

  describe("of a write alone", () => {
    beforeEach(() => aws.db.on(QueryCommand).resolves({ Items: [] }));

    it("is no sign that another was first: a run that could not be made is not looked up", async () => {
      aws.db.on(TransactWriteCommand).rejects(cancelled("ThrottlingError", "None"));
      const { name, retryable } = await caught(() => aws.stores.runs.create(RUN, {}));
      expect({ name, retryable }).toEqual({ name: "IoError", retryable: true });
    });

    it("is no sign that a bundle is being withdrawn: it is claimed once", async () => {
      aws.db.on(UpdateCommand).rejects(failure("ThrottlingException"));
      expect((await caught(() => aws.stores.publications.publish(ref, [], RUN))).name).toBe("IoError");
      expect(aws.db.commandCalls(UpdateCommand)).toHaveLength(1);
    });

    it("is no sign that another put an artifact: it is not noted as put a moment later", async () => {
      aws.db
        .on(UpdateCommand)
        .rejectsOnce(failure("ThrottlingException"))
        .resolves({ Attributes: { kinds: new Set(["output"]), last_put: 1 } });
      expect((await caught(() => aws.stores.artifacts.put("output", bytes))).name).toBe("IoError");
      expect(aws.db.commandCalls(UpdateCommand)).toHaveLength(1);
    });
  });

  it("of every method is looked at here", () => {
    const withoutAws = ["leftovers", "removeLeftover"];
    const put = ["signatures.put"];
    const all = Object.entries(aws.stores).flatMap(([name, store]) =>
      typeof store === "object" ? Object.keys(store).map((method) => `${name}.${method}`) : [],
    );
    const expected = all.filter(
      (name) => !withoutAws.some((method) => name.endsWith(method)) && !name.endsWith("settled"),
    );
    expect([...METHODS.map(([name]) => name), ...put].toSorted()).toEqual(expected.toSorted());
  });

  it.each([...FAILURES.map(([cause]) => cause.name)].map((name) => [name]))(
    "when they are opened too: %s",
    async (name) => {
      aws.s3.reset().rejects(failure(name));
      const opened = () => openAwsStores("s3://bucket/p?region=eu-central-1");
      expect((await caught(opened)).message).toContain("s3://bucket/p/");
      aws.s3.reset().resolves({});
      aws.db.reset().rejects(failure(name));
      expect((await caught(opened)).message).toContain("s3://bucket/p/");
    },
  );

  it("of a bucket that is not there names it", async () => {
    aws.s3.reset().rejects(failure("NotFound"));
    const error = await caught(() => openAwsStores("s3://bucket/p?region=eu-central-1"));
    expect(error.message).toBe("the bucket bucket not found in s3://bucket/p/; deploy it first, or check the address");
  });

  describe("of two at the same item", () => {
    const record = { text: recordText(newRunRecord(RUN, {}, "2026-01-01T00:00:00.000Z")) };
    const end = { seq: 0, prev: "0".repeat(64), epoch: 0, is_held: false };
    const itemOf = (part: string) => ({
      TableName: "t-runs",
      Key: { subject: `run#${RUN}`, part },
      ConsistentRead: true,
    });

    beforeEach(() => {
      aws.db.reset();
      aws.db.on(GetCommand, itemOf("record")).resolves({ Item: record });
      aws.db.on(GetCommand, itemOf("events")).resolves({ Item: end });
      aws.db.on(GetCommand, itemOf("lease")).resolves({ Item: { epoch: 0 } });
    });

    it("is asked again where a transaction met another, and not for ever", async () => {
      aws.db.on(TransactWriteCommand).rejectsOnce(cancelled("TransactionConflict", "None")).resolves({});
      expect((await aws.stores.events.append(RUN, 0, [event("e1")])).head.seq).toBe(1);
      expect(aws.db.commandCalls(TransactWriteCommand)).toHaveLength(2);
    });

    it.each(["OperationAborted", "TransactionInProgressException"])(
      "is asked again where AWS says %s",
      async (name) => {
        aws.db.on(TransactWriteCommand).rejectsOnce(failure(name)).resolves({});
        expect((await aws.stores.events.append(RUN, 0, [event("e1")])).head.seq).toBe(1);
        expect(aws.db.commandCalls(TransactWriteCommand)).toHaveLength(2);
      },
    );

    it("is told after twelve times more, each after a while", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      try {
        aws.db.on(TransactWriteCommand).rejects(cancelled("TransactionConflict", "None"));
        const asked = caught(() => aws.stores.events.append(RUN, 0, [event("e1")]));
        await vi.runAllTimersAsync();
        expect((await asked).name).toBe("IoError");
      } finally {
        vi.useRealTimers();
      }
      expect(aws.db.commandCalls(TransactWriteCommand)).toHaveLength(13);
    });

    it("is not asked again where the condition has answered already", async () => {
      aws.db.on(TransactWriteCommand).rejects(cancelled("ConditionalCheckFailed", "TransactionConflict"));
      expect(await aws.stores.runs.create(RUN, {})).toMatchObject({ isNew: false });
      expect(aws.db.commandCalls(TransactWriteCommand)).toHaveLength(1);
    });

    it("is asked again where another held the run, and gave it back with nothing written", async () => {
      aws.db.on(TransactWriteCommand).rejectsOnce(cancelled("ConditionalCheckFailed", "None")).resolves({});
      aws.db.on(QueryCommand).resolves({ Items: [] });
      expect((await aws.stores.events.append(RUN, 0, [event("e1")])).head.seq).toBe(1);
      expect(aws.db.commandCalls(TransactWriteCommand)).toHaveLength(2);
    });

    it("is damage where lines stand behind the end of the log", async () => {
      aws.db.on(TransactWriteCommand).rejects(cancelled("None", "ConditionalCheckFailed"));
      aws.db.on(QueryCommand).resolves({ Items: [{ first: 1, last: 1, lines: "{}" }] });
      const { name, message } = await caught(() => aws.stores.events.append(RUN, 0, [event("e1")]));
      expect(name).toBe("CorruptionError");
      expect(message).toContain("expected nothing yet, for the log ends before it, found an item");
      expect(aws.db.commandCalls(TransactWriteCommand)).toHaveLength(1);
    });

    it("is asked again where a conditional put met another", async () => {
      aws.db.on(UpdateCommand).resolves({ Attributes: { kinds: new Set(["output"]), last_put: 1 } });
      aws.s3.reset().on(PutObjectCommand).rejectsOnce(failure("ConditionalRequestConflict")).resolves({});
      expect(await aws.stores.artifacts.put("output", bytes)).toBe(ref);
      expect(aws.s3.commandCalls(PutObjectCommand)).toHaveLength(2);
    });

    it("is success where the object is there with the same bytes", async () => {
      aws.db.on(UpdateCommand).resolves({ Attributes: { kinds: new Set(["output"]), last_put: 1 } });
      aws.s3.reset().on(PutObjectCommand).rejects(failure("PreconditionFailed"));
      aws.s3.on(HeadObjectCommand).resolves({ ChecksumSHA256: Buffer.from(sha256(bytes), "hex").toString("base64") });
      expect(await aws.stores.artifacts.put("output", bytes)).toBe(ref);
    });

    it("is success, without any hash that S3 keeps, where the bytes are the same", async () => {
      aws.db.on(UpdateCommand).resolves({ Attributes: { kinds: new Set(["output"]), last_put: 1 } });
      aws.s3.reset().on(PutObjectCommand).rejects(failure("PreconditionFailed"));
      aws.s3.on(HeadObjectCommand).resolves({});
      aws.s3.on(GetObjectCommand).resolves({ Body: { transformToByteArray: async () => bytes } as never });
      expect(await aws.stores.artifacts.put("output", bytes)).toBe(ref);
      expect(aws.s3.commandCalls(PutObjectCommand)).toHaveLength(1);
    });

    it("is given up where an artifact is removed as often as it is put", async () => {
      aws.db.on(UpdateCommand).resolves({ Attributes: { kinds: new Set(["output"]), last_put: 1, removing: "v1" } });
      aws.s3.reset().on(PutObjectCommand).rejects(failure("PreconditionFailed"));
      aws.s3.on(HeadObjectCommand).rejects(failure("NotFound")).on(GetObjectCommand).rejects(failure("NoSuchKey"));
      aws.s3.on(DeleteObjectCommand).resolves({});
      await expect(aws.stores.artifacts.put("output", bytes)).rejects.toMatchObject({
        name: "IoError",
        retryable: true,
        message: expect.stringMatching(/is removed as often as it is put.*; try again/),
      });
      const removals = aws.s3.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input.VersionId);
      expect(new Set(removals)).toEqual(new Set(["v1"]));
      expect(aws.s3.commandCalls(PutObjectCommand)).toHaveLength(20);
    });

    it("is given up where a bundle is withdrawn as often as it is published", async () => {
      const withdrawal = JSON.stringify({ version: "v1", why: "no" });
      aws.db.on(UpdateCommand).rejects(failure("ConditionalCheckFailedException"));
      aws.db.on(GetCommand).resolves({ Item: { withdrawal } });
      aws.s3.reset().on(GetObjectCommand).rejects(failure("NoSuchKey"));
      await expect(aws.stores.publications.publish(ref, [], RUN)).rejects.toMatchObject({
        name: "IoError",
        retryable: true,
        message: expect.stringMatching(/it is withdrawn as often as it is published.*; try again/),
      });
      const claims = aws.db.commandCalls(UpdateCommand).map(({ args }) => args[0].input.UpdateExpression);
      expect(claims.filter((expression) => expression === "ADD claims :claimant")).toHaveLength(20);
    });

    it("says what S3 is to check, and that nothing may be there", async () => {
      aws.db.on(UpdateCommand).resolves({ Attributes: {} });
      aws.s3.reset().on(PutObjectCommand).resolves({});
      await aws.stores.artifacts.put("output", bytes);
      expect(aws.s3.commandCalls(PutObjectCommand)[0]?.args[0].input).toMatchObject({
        Bucket: "bucket",
        Key: `p/artifacts/${sha256(bytes).slice(0, 2)}/${sha256(bytes).slice(2)}`,
        IfNoneMatch: "*",
        ChecksumSHA256: Buffer.from(sha256(bytes), "hex").toString("base64"),
      });
    });
  });
});
