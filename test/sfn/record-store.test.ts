import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { type Disk, machineDisk } from "../../shared/sfn/records/disk.ts";
import { openRecordStore } from "../../shared/sfn/records/record-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-sfn-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const schema = z.strictObject({ arn: z.string(), value: z.int() });

/** The disk, which fails from the `count`th change on, as a machine that stops. */
function failingAfter(count: number): Disk {
  let changes = 0;
  const change = <T>(act: () => Promise<T>): Promise<T> => {
    changes += 1;
    return changes > count ? Promise.reject(new Error("the machine stopped")) : act();
  };
  return {
    ...machineDisk,
    async create(path) {
      const file = await change(() => machineDisk.create(path));
      return { ...file, write: (bytes) => change(() => file.write(bytes)), sync: () => change(() => file.sync()) };
    },
    rename: (from, to) => change(() => machineDisk.rename(from, to)),
    remove: (path) => change(() => machineDisk.remove(path)),
    syncFolder: (path) => change(() => machineDisk.syncFolder(path)),
  };
}

describe("stored records", () => {
  it("are there when the folder is opened again", async () => {
    const store = await openRecordStore(machineDisk, join(folder, "a", "b"), schema);
    await store.put({ arn: "x", value: 1 });
    await store.put({ arn: "y", value: 2 });
    await store.put({ arn: "x", value: 3 });
    await store.delete("y");
    const again = await openRecordStore(machineDisk, join(folder, "a", "b"), schema);
    expect(again.list()).toEqual([{ arn: "x", value: 3 }]);
    expect(again.get("y")).toBeUndefined();
  });

  it("end with the last of many writes at once", async () => {
    const store = await openRecordStore(machineDisk, folder, schema);
    await Promise.all(Array.from({ length: 20 }, (_, value) => store.put({ arn: "x", value })));
    const again = await openRecordStore(machineDisk, folder, schema);
    expect(again.get("x")).toEqual({ arn: "x", value: 19 });
  });

  it("are settled once nothing is being written, be it that a write failed", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const away: Disk = { ...machineDisk, rename: () => released.then(() => Promise.reject(new Error("away"))) };
    const store = await openRecordStore(away, folder, schema);
    const puts = ["x", "x", "y"].map((arn, value) => store.put({ arn, value }));
    const order: string[] = [];
    const failed = Promise.allSettled(puts).then(() => order.push("failed"));
    const settled = store.settled().then(() => order.push("settled"));
    order.push("released");
    release();
    await Promise.all([failed, settled]);
    expect(order[0]).toBe("released");
    expect(readdirSync(folder)).toEqual([]);
    await store.settled();
  });

  it("are the old one or the new one after a stop at any change", async () => {
    const old = { arn: "x", value: 1 };
    const replacement = { arn: "x", value: 2 };
    let isFailing = true;
    for (let stop = 0; isFailing; stop++) {
      const place = join(folder, String(stop));
      await (await openRecordStore(machineDisk, place, schema)).put(old);
      const put = (await openRecordStore(failingAfter(stop), place, schema)).put(replacement);
      isFailing = await put.then(
        () => false,
        () => true,
      );
      const found = (await openRecordStore(machineDisk, place, schema)).list();
      expect(isFailing ? [[old], [replacement]] : [[replacement]]).toContainEqual(found);
    }
  });

  it("name the file that is none", async () => {
    writeFileSync(join(folder, "bad.json"), '{"arn":1}');
    await expect(openRecordStore(machineDisk, folder, schema)).rejects.toThrow(join(folder, "bad.json"));
  });
});
