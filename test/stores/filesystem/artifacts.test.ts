import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { CorruptionError, NotFoundError } from "../../../shared/stores/errors.ts";
import { folderArtifacts } from "../../../shared/stores/filesystem/folder-artifacts.ts";
import { failingAt } from "../support/failing.ts";
import { type PlayedStore, playedStore } from "../support/played-store.ts";
import type { SimulatedDisk } from "../support/simulated-disk.ts";

const bytes = Buffer.from("some bytes");
const digits = sha256(bytes);
const ref = `artifact://${digits}` as ArtifactRef;

describe("an artifact's file", () => {
  it("stands under two digits and sixty-two", async () => {
    const store = playedStore();
    await (await store.open()).artifacts.put("output", bytes);
    expect(await store.read(store.at("artifacts", digits.slice(0, 2), digits.slice(2)))).toEqual(bytes);
  });

  it("is not written again", async () => {
    const store = playedStore();
    const { artifacts } = await store.open();
    await artifacts.put("output", bytes);
    const before = await store.disk.stat(filePath(store));
    await artifacts.put("manifest", bytes);
    expect(await store.disk.stat(filePath(store))).toEqual(before);
  });

  it.each(["EPERM", "EACCES"])("of another user, whose time is not to be set (%s), is filled anew", async (code) => {
    const store = playedStore();
    await (await store.open()).artifacts.put("output", bytes);
    const path = filePath(store);
    const renames: string[] = [];
    const theirs: SimulatedDisk = {
      ...store.disk,
      rename: (from, to) => {
        renames.push(to);
        return store.disk.rename(from, to);
      },
    };
    const { artifacts } = await store.open(failingAt(theirs, "touch", (at) => (at === path ? code : undefined)));
    expect(await artifacts.put("output", bytes)).toBe(ref);
    expect(renames).toContain(path);
    expect(await store.read(path)).toEqual(bytes);
  });

  it("whose time cannot be set for another reason is not put", async () => {
    const store = playedStore();
    const path = filePath(store);
    const { artifacts } = await store.open(failingAt(store.disk, "touch", (at) => (at === path ? "EIO" : undefined)));
    await expect(artifacts.put("output", bytes)).rejects.toMatchObject({ name: "IoError" });
  });

  it("goes to quarantine with a reason when it is damaged", async () => {
    const store = playedStore();
    const { artifacts } = await store.open();
    await artifacts.put("output", bytes);
    store.disk.damage(filePath(store), () => Buffer.from("other"));
    const error = (await artifacts.get(ref).catch((thrown: unknown) => thrown)) as Error;
    const [aside, reason] = store.disk.paths().filter((path) => path.includes(`/quarantine/${digits}`));
    expect(await store.read(aside!)).toEqual(Buffer.from("other"));
    expect(JSON.parse((await store.read(reason!)).toString())).toMatchObject({
      artifact: ref,
      moved_from: filePath(store),
      expected_sha256: digits,
      found_sha256: sha256("other"),
      size: 5,
    });
    expect(error.message).toContain(aside);
  });

  it("stays in service when it was healed between the read and the move", async () => {
    const store = playedStore();
    const healer = await store.open();
    await healer.artifacts.put("output", bytes);
    store.disk.damage(filePath(store), () => Buffer.from("other"));
    const reader = await store.open({
      ...store.disk,
      // The first rename is that of the reason file into place: by then the damage was read.
      async rename(from, to) {
        if (to.endsWith(".json")) await healer.artifacts.put("output", bytes);
        return store.disk.rename(from, to);
      },
    });
    expect(Buffer.from(await reader.artifacts.get(ref))).toEqual(bytes);
    expect(Buffer.from(await healer.artifacts.get(ref))).toEqual(bytes);
  });

  it("that goes while all are listed is left out", async () => {
    const store = playedStore();
    const stores = await store.open();
    await stores.artifacts.put("output", bytes);
    const other = await stores.artifacts.put("output", Buffer.from("another"));
    const going = await store.open({
      ...store.disk,
      stat: async (path) => (path === filePath(store) ? undefined : store.disk.stat(path)),
    });
    expect((await collect(going.retention.artifacts())).map((one) => one.ref)).toEqual([other]);
    expect((await collect(going.artifacts.list())).map((one) => one.ref)).toEqual([other]);
  });

  it("is alone in what is listed: whatever stands beside it under another name is passed over", async () => {
    const store = playedStore();
    const stores = await store.open();
    await stores.artifacts.put("output", bytes);
    const folder = store.at("artifacts", digits.slice(0, 2));
    for (const name of ["README", digits.slice(2).toUpperCase(), digits])
      await store.disk.append(`${folder}/${name}`, bytes);
    await store.disk.makeFolder(store.at("artifacts", "notes"));
    await store.disk.append(store.at("artifacts", "notes", digits.slice(2)), bytes);
    expect((await collect(stores.artifacts.list())).map((one) => one.ref)).toEqual([ref]);
    expect((await collect(stores.retention.artifacts())).map((one) => one.ref)).toEqual([ref]);
  });

  it("keeps nothing of a file that stands in its place but is none", async () => {
    const store = playedStore();
    const { artifacts } = await store.open();
    await store.disk.makeFolder(store.at("artifacts", digits.slice(0, 2)));
    await store.disk.makeFolder(filePath(store));
    expect(await artifacts.has(ref)).toBe(false);
    await expect(artifacts.put("output", bytes)).rejects.toMatchObject({ name: "LayoutError" });
  });
});

describe("the index of kinds", () => {
  const index = (store: PlayedStore) => store.at("artifacts", "kinds.txt");

  it("may be lost without losing an artifact", async () => {
    const store = playedStore();
    await (await store.open()).artifacts.put("output", bytes);
    await store.disk.removeFile(index(store));
    const { artifacts } = await store.open();
    expect(await artifacts.stat(ref)).toEqual({ ref, size: bytes.length, kinds: [] });
    expect(Buffer.from(await artifacts.get(ref))).toEqual(bytes);
  });

  it("reads on after an entry that a crash tore, at any byte", async () => {
    const check = crc32(`${digits} output`).toString(16).padStart(8, "0");
    const entry = `\n${digits} output ${check}\n`;
    for (let length = 0; length < entry.length; length += 1) {
      const store = playedStore();
      await store.open();
      await store.disk.append(index(store), Buffer.from(entry.slice(0, length)));
      const { artifacts } = await store.open();
      await artifacts.put("manifest", bytes);
      // The newline that the next entry begins with makes one whole that lacks only its own.
      const kinds = length === entry.length - 1 ? ["manifest", "output"] : ["manifest"];
      expect({ length, kinds: (await artifacts.stat(ref))?.kinds }).toEqual({ length, kinds });
    }
  });

  it("grows under a reader that has read it before", async () => {
    const store = playedStore();
    const [one, two] = [await store.open(), await store.open()];
    await one.artifacts.put("output", bytes);
    expect((await two.artifacts.stat(ref))?.kinds).toEqual(["output"]);
    await one.artifacts.put("manifest", bytes);
    expect((await two.artifacts.stat(ref))?.kinds).toEqual(["manifest", "output"]);
  });
});

describe("artifacts in a folder of someone else's", () => {
  const write = async (disk: SimulatedDisk, path: string, content: Uint8Array) => {
    const file = await disk.open(path, "create");
    await file.write(0, content);
    await file.close();
  };
  const folder = async () => {
    const { disk } = playedStore();
    await disk.makeFolder("/given");
    return disk;
  };

  it.each([
    ["flat", async (disk: SimulatedDisk) => write(disk, `/given/${digits}`, bytes)],
    [
      "nested",
      async (disk: SimulatedDisk) => {
        await disk.makeFolder(`/given/${digits.slice(0, 2)}`);
        await write(disk, `/given/${digits.slice(0, 2)}/${digits.slice(2)}`, bytes);
      },
    ],
  ])("are found under %s names", async (_, place) => {
    const disk = await folder();
    await place(disk);
    await write(disk, "/given/README", Buffer.from("not an artifact"));
    const given = folderArtifacts("/given", disk);
    expect(Buffer.from(await given.get(ref))).toEqual(bytes);
    expect(await given.has(ref)).toBe(true);
    expect(await given.stat(ref)).toEqual({ ref, size: bytes.length, kinds: [] });
    expect(await collect(given.list())).toEqual([{ ref, size: bytes.length, kinds: [] }]);
  });

  it("are reported when damaged, and left where they are", async () => {
    const disk = await folder();
    await write(disk, `/given/${digits}`, Buffer.from("other"));
    const given = folderArtifacts("/given", disk);
    await expect(given.get(ref)).rejects.toThrow(CorruptionError);
    await expect(given.get(ref)).rejects.toThrow(`/given/${digits}`);
  });

  it("are none when the folder is missing, or a file", async () => {
    const disk = await folder();
    await write(disk, "/file", bytes);
    for (const path of ["/nowhere", "/file"]) {
      const given = folderArtifacts(path, disk);
      await expect(given.get(ref)).rejects.toThrow(NotFoundError);
      expect(await given.has(ref)).toBe(false);
      expect(await given.stat(ref)).toBeUndefined();
      expect(await collect(given.list())).toEqual([]);
    }
  });
});

function filePath(store: PlayedStore): string {
  return store.at("artifacts", digits.slice(0, 2), digits.slice(2));
}
