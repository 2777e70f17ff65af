import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sfn from "@aws-sdk/client-sfn";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { openRecordStore } from "../../shared/sfn/records/record-store.ts";
import { fileNameOf } from "../../shared/sfn/records/stored-text.ts";
import { openLeasedFolder } from "../../shared/stores/filesystem/leased-folder.ts";
import { nodeFileSystem } from "../../shared/stores/filesystem/node-file-system.ts";
import type { LeasedFolder } from "../../shared/stores/leased-folder.ts";
import { serveEachTest } from "./served.ts";

const schema = z.strictObject({ arn: z.string(), isOver: z.boolean(), text: z.string() });
type Thing = z.infer<typeof schema>;

let folder: string;
let held: LeasedFolder | undefined;
let isFull: boolean;
let damages: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-resting-"));
  isFull = false;
  damages = [];
});
afterEach(async () => {
  await held?.release();
  held = undefined;
  rmSync(folder, { recursive: true });
});

/** Records of which those that are over rest, in the folder, which nobody else holds any more. */
async function open(standIn?: (arn: string) => Thing) {
  await held?.release();
  const rename = (from: string, to: string) =>
    isFull && to.includes("things") ? Promise.reject(new Error("no space")) : nodeFileSystem.rename(from, to);
  held = await openLeasedFolder(folder, { holder: "test", fileSystem: { ...nodeFileSystem, rename } });
  return openRecordStore<Thing, string>(held.records("things"), schema, {
    restOf: ({ isOver, text }) => (isOver ? { time: text.length, group: text.slice(0, 1) } : undefined),
    onDamage: ({ message }) => void damages.push(message),
    ...(standIn === undefined ? {} : { standIn }),
  });
}

const running = { arn: "x", isOver: false, text: "running" };
const over = { arn: "x", isOver: true, text: "over" };
/** Those at rest, as lists give them. */
const atRest = (store: Awaited<ReturnType<typeof open>>, most = 10, group?: string) =>
  store.atRest(
    most,
    (each) => group === undefined || each === group,
    (thing) => thing,
  );
const fileOf = (arn: string) => join(folder, "things", `${fileNameOf(arn)}.json`);

describe("a record that rests", () => {
  it("is not in memory, and whole where it is asked for, also after a restart", async () => {
    let store = await open();
    await store.put(running);
    expect(store.get("x")).toEqual(running);
    await store.put(over);
    for (let opened = 0; opened < 2; opened++) {
      expect(store.get("x")).toBeUndefined();
      expect(store.list()).toEqual([]);
      expect(await atRest(store)).toEqual([over]);
      expect(await store.read("x")).toEqual(over);
      store = await open();
    }
  });

  it("is whole again once it is put as one that does not rest", async () => {
    const store = await open();
    await store.put(over);
    await store.put(running);
    expect(store.get("x")).toEqual(running);
    expect(await atRest(store)).toEqual([]);
    expect(await atRest(await open())).toEqual([]);
  });

  it("is listed by group, the latest first, some at a time", async () => {
    let store = await open();
    const texts = [
      "aa",
      "a",
      "bbb",
      "aaaa",
      "bbbbbbbbbbbbbbbbbbbb",
      ...Array.from({ length: 25 }, (_, n) => "c".repeat(n + 1)),
    ];
    await Promise.all(texts.map((text) => store.put({ arn: text, isOver: true, text })));
    for (let opened = 0; opened < 3; opened++) {
      expect((await atRest(store, 2, "a")).map(({ arn }) => arn)).toEqual(["aaaa", "aa"]);
      expect((await atRest(store, 100, "c")).map(({ arn }) => arn.length)).toEqual(
        [...Array(25).keys()].map((n) => 25 - n),
      );
      expect(await atRest(store, 100)).toHaveLength(texts.length);
      // The second time from the records themselves.
      if (opened === 0) rmSync(join(folder, "things.index.jsonl"));
      store = await open();
    }
  });

  it("that cannot be read is left out of lists, which say so, and the others are there", async () => {
    const store = await open();
    await store.put(over);
    await store.put({ ...over, arn: "y" });
    rmSync(fileOf("x"));
    mkdirSync(fileOf("x"));
    expect((await atRest(store)).map(({ arn }) => arn)).toEqual(["y"]);
    expect(damages).toEqual([expect.stringContaining(fileOf("x"))]);
    rmSync(fileOf("x"), { recursive: true });
  });

  it.each(["{}", "no JSON", '{"time":1,"group":"no JSON"}', '{"time":1}', "[]"])(
    "is read where what was noted of it is another version's: %s",
    async (summary) => {
      await (await open()).put(over);
      rmSync(join(folder, "things.index.jsonl"));
      await held!.records("things").sumUp(fileNameOf("x"), summary);
      const store = await open();
      expect(await atRest(store)).toEqual([over]);
      expect(damages).toEqual([]);
    },
  );

  it("is put by one of several that follow from it", async () => {
    const store = await open();
    await store.put(over);
    const next = (record: Thing | undefined) => (record?.isOver ? running : undefined);
    expect(await Promise.all([store.update("x", next), store.update("x", next)])).toEqual([over, running]);
    const made = (record: Thing | undefined) => (record === undefined ? { ...running, arn: "y" } : undefined);
    const [first, second] = await Promise.all([store.update("y", made), store.update("y", made)]);
    expect([first, second]).toEqual([undefined, { ...running, arn: "y" }]);
  });

  it("is not told to be stored by whoever finds it, before it is", async () => {
    const store = await open();
    isFull = true;
    const made = (record: Thing | undefined) => (record === undefined ? running : undefined);
    const both = await Promise.allSettled([store.update("x", made), store.update("x", made)]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("rests on as it was where it could not be put", async () => {
    const store = await open();
    await store.put(over);
    isFull = true;
    await expect(store.put(running)).rejects.toThrow("no space");
    expect(await atRest(store)).toEqual([over]);
    expect(await store.read("x")).toEqual(over);
  });

  it("does not rest while its end is not stored", async () => {
    const store = await open();
    await store.put(running);
    const put = store.put(over);
    expect(store.get("x")).toEqual(over);
    await put;
    expect(store.get("x")).toBeUndefined();
  });

  it("is read as it was put last, also where that was meanwhile", async () => {
    const store = await open();
    await store.put(over);
    const reading = store.read("x");
    const putting = store.put(running);
    expect(await reading).toEqual(running);
    await putting;
    await store.put(over);
    const readingAgain = store.read("x");
    await store.delete("x");
    expect(await readingAgain).toBeUndefined();
  });

  it("that was damaged meanwhile, or is gone, is told of once, and something stands in for it if it may", async () => {
    const stood = { arn: "x", isOver: true, text: "stands in" };
    for (const spoil of [
      () => writeFileSync(fileOf("x"), readFileSync(fileOf("x"), "utf8").replace('"over"', '"Over"')),
      () => rmSync(fileOf("x")),
    ]) {
      for (const [standIn, isListed] of [
        [undefined, false],
        [() => stood, true],
        [() => stood, false],
      ] as const) {
        damages = [];
        const store = await open(standIn);
        await store.put(over);
        spoil();
        if (isListed) expect(await atRest(store)).toEqual([]);
        const shown = standIn && stood;
        expect([await store.read("x"), await store.read("x"), store.get("x")]).toEqual([shown, shown, shown]);
        expect(damages).toEqual([expect.stringMatching(/expected a record/)]);
        expect(store.damageOf("x")).toMatchObject({ name: "CorruptionError" });
        await store.delete("x");
      }
    }
  });
});

describe("an execution that has ended", () => {
  const served = serveEachTest();

  it("is described and listed as before a restart", async () => {
    const machine = await served.create({ StartAt: "A", States: { A: { Type: "Pass", End: true } } });
    const arn = await served.start(machine, { input: '{"n":1}', name: "one" });
    const describedOnce = await served.ended(arn);
    const list = new sfn.ListExecutionsCommand({ stateMachineArn: machine });
    const listed = (await served.client.send(list)).executions;
    expect(listed).toMatchObject([{ executionArn: arn, name: "one", status: "SUCCEEDED" }]);
    await served.restart();
    const { $metadata: _, ...described } = await served.describe(arn);
    expect(describedOnce).toMatchObject(described);
    expect(described).toMatchObject({ input: '{"n":1}', output: '{"n":1}' });
    expect((await served.client.send(list)).executions).toEqual(listed);
    await expect(served.start(machine, { input: '{"n":1}', name: "one" })).rejects.toBeInstanceOf(
      sfn.ExecutionAlreadyExists,
    );
  });

  it("is redriven by one of two calls at once", async () => {
    const machine = await served.create({ StartAt: "A", States: { A: { Type: "Fail" } } });
    const executionArn = await served.start(machine);
    await served.ended(executionArn);
    const redrive = (clientToken: string) =>
      served.client.send(new sfn.RedriveExecutionCommand({ executionArn, clientToken }));
    const redriven = await Promise.allSettled([redrive("one"), redrive("two")]);
    const { redriveCount } = await served.ended(executionArn);
    expect(redriveCount).toBe(redriven.filter(({ status }) => status === "fulfilled").length);
  });
});
