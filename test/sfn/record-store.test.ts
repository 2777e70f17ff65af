import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { openRecordStore } from "../../shared/sfn/records/record-store.ts";
import { fileNameOf } from "../../shared/sfn/records/stored-text.ts";
import type { FileSystem } from "../../shared/stores/filesystem/file-system.ts";
import { openLeasedFolder } from "../../shared/stores/filesystem/leased-folder.ts";
import { nodeFileSystem } from "../../shared/stores/filesystem/node-file-system.ts";
import type { LeasedFolder } from "../../shared/stores/leased-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-sfn-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const schema = z.strictObject({ arn: z.string(), value: z.int() });

const damages: string[] = [];
const onDamage = ({ message }: Error) => void damages.push(message);
const held: LeasedFolder[] = [];
beforeEach(() => void damages.splice(0));
afterEach(async () => {
  for (const one of held.splice(0)) await one.release().catch(() => undefined);
});

/** Opens the records of a folder, which nobody else holds any more. */
async function open(
  place = folder,
  fileSystem: FileSystem = nodeFileSystem,
  expected: { name: string; because: string }[] = [],
) {
  for (const one of held.splice(0)) await one.release().catch(() => undefined);
  const storage = await openLeasedFolder(place, { holder: "test", fileSystem });
  held.push(storage);
  return openRecordStore(storage.records("things"), schema, { expected, onDamage });
}

/** The disk, which fails from the `count`th change on, as a machine that stops. */
function failingAfter(count: number): FileSystem & { isArmed: boolean } {
  let changes = 0;
  const change = <T>(act: () => Promise<T>): Promise<T> => {
    if (!disk.isArmed) return act();
    changes += 1;
    return changes > count ? Promise.reject(new Error("the machine stopped")) : act();
  };
  const disk: FileSystem & { isArmed: boolean } = {
    ...nodeFileSystem,
    isArmed: false,
    async open(path, mode) {
      const file = await (mode === "create"
        ? change(() => nodeFileSystem.open(path, mode))
        : nodeFileSystem.open(path, mode));
      return {
        ...file,
        write: (at, bytes) => change(() => file.write(at, bytes)),
        sync: () => change(() => file.sync()),
      };
    },
    rename: (from, to) => change(() => nodeFileSystem.rename(from, to)),
    removeFile: (path) => change(() => nodeFileSystem.removeFile(path)),
    syncFolder: (path) => change(() => nodeFileSystem.syncFolder(path)),
  };
  return disk;
}

describe("stored records", () => {
  it("are there when the folder is opened again", async () => {
    const store = await open(join(folder, "a", "b"));
    await store.put({ arn: "x", value: 1 });
    await store.put({ arn: "y", value: 2 });
    await store.put({ arn: "x", value: 3 });
    await store.delete("y");
    const again = await open(join(folder, "a", "b"));
    expect(again.list()).toEqual([{ arn: "x", value: 3 }]);
    expect(again.get("y")).toBeUndefined();
  });

  it("end with the last of many writes at once", async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 20 }, (_, value) => store.put({ arn: "x", value })));
    const again = await open();
    expect(again.get("x")).toEqual({ arn: "x", value: 19 });
  });

  it("are settled once nothing is being written, be it that a write failed", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const away: FileSystem = {
      ...nodeFileSystem,
      rename: (from, to) =>
        to.includes("things")
          ? released.then(() => Promise.reject(new Error("away")))
          : nodeFileSystem.rename(from, to),
    };
    const store = await open(folder, away);
    const puts = ["x", "x", "y"].map((arn, value) => store.put({ arn, value }));
    const order: string[] = [];
    const failed = Promise.allSettled(puts).then(() => order.push("failed"));
    const settled = store.settled().then(() => order.push("settled"));
    order.push("released");
    release();
    await Promise.all([failed, settled]);
    expect(order[0]).toBe("released");
    expect(readdirSync(join(folder, "things"))).toEqual([]);
    expect(store.list()).toEqual([]);
    await store.settled();
  });

  it("are the old one or the new one after a stop at any change", async () => {
    const old = { arn: "x", value: 1 };
    const replacement = { arn: "x", value: 2 };
    let isFailing = true;
    for (let stop = 0; isFailing; stop++) {
      const place = join(folder, String(stop));
      await (await open(place)).put(old);
      const disk = failingAfter(stop);
      const store = await open(place, disk);
      disk.isArmed = true;
      isFailing = await store.put(replacement).then(
        () => false,
        () => true,
      );
      // Who put it was told, and sees what there was before.
      expect(store.list()).toEqual([isFailing ? old : replacement]);
      disk.isArmed = false;
      const found = (await open(place)).list();
      expect(isFailing ? [[old], [replacement]] : [[replacement]]).toContainEqual(found);
    }
  });

  it("that are new are not there after a put that failed, wherever it did, and can be put again", async () => {
    let isFailing = true;
    for (let stop = 0; isFailing; stop++) {
      let changes = 0;
      const once = failingAfter(Number.POSITIVE_INFINITY);
      const disk: FileSystem = {
        ...once,
        async open(path, mode) {
          if (mode === "create" && isArmed && changes++ === stop) throw new Error("no space");
          const file = await once.open(path, mode);
          return {
            ...file,
            sync: () => (isArmed && changes++ === stop ? Promise.reject(new Error("no space")) : file.sync()),
          };
        },
        rename: (from, to) =>
          isArmed && changes++ === stop ? Promise.reject(new Error("no space")) : once.rename(from, to),
        syncFolder: (path) =>
          isArmed && changes++ === stop ? Promise.reject(new Error("no space")) : once.syncFolder(path),
      };
      let isArmed = false;
      const place = join(folder, String(stop));
      const store = await open(place, disk);
      await store.put({ arn: "y", value: 0 });
      isArmed = true;
      isFailing = await store.put({ arn: "x", value: 1 }).then(
        () => false,
        () => true,
      );
      isArmed = false;
      expect(store.get("x")).toEqual(isFailing ? undefined : { arn: "x", value: 1 });
      expect((await open(place)).get("x")).toEqual(isFailing ? undefined : { arn: "x", value: 1 });
    }
  });

  it("that are damaged keep their places, are told of, and can be deleted; the others are there", async () => {
    const store = await open();
    await store.put({ arn: "x", value: 1 });
    await store.put({ arn: "y", value: 2 });
    const file = join(folder, "things", `${fileNameOf("x")}.json`);
    writeFileSync(file, readFileSync(file, "utf8").replace('"value":1', '"value":3'));
    const again = await open();
    expect(damages).toEqual([expect.stringContaining(file)]);
    expect(again.list()).toEqual([{ arn: "y", value: 2 }]);
    expect(again.damageOf("x")).toMatchObject({ name: "CorruptionError" });
    expect(again.damageOf("y")).toBeUndefined();
    await again.delete("x");
    expect(again.damageOf("x")).toBeUndefined();
    expect((await open()).damageOf("x")).toBeUndefined();
  });

  it("are damaged where they are of another shape, or stand for another, or are gone although something tells of them", async () => {
    const storage = await openLeasedFolder(folder, { holder: "test" });
    await storage.records("things").put(fileNameOf("x"), '{"arn":1}');
    await storage.records("things").put(fileNameOf("y"), '{"arn":"x","value":1}');
    await storage.release();
    const store = await open(folder, nodeFileSystem, [{ name: fileNameOf("z"), because: "a history" }]);
    expect(store.list()).toEqual([]);
    expect(["x", "y", "z"].map((arn) => store.damageOf(arn)?.name)).toEqual(Array(3).fill("CorruptionError"));
    expect(damages.at(-1)).toMatch(
      /expected a record, for there is a history, found none; restore the file from a copy/,
    );
  });
});
