import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { inspectFolder } from "../../../shared/stores/filesystem/inspection.ts";
import { failingAt } from "../support/failing.ts";
import { playedStore } from "../support/played-store.ts";
import { ALICE, BOB, event, OTHER_RUN, RUN } from "../support/samples.ts";

const bytes = Buffer.from("some bytes");
const digits = sha256(bytes);
const ref = `artifact://${digits}` as ArtifactRef;

async function setUp() {
  const store = playedStore();
  const stores = await store.open();
  return { store, stores, inspection: inspectFolder("/store", store.disk) };
}

describe("an artifact as it is found", () => {
  it("is its bytes, whatever they hash to, and nothing where none is", async () => {
    const { store, stores, inspection } = await setUp();
    expect(await inspection.artifact(ref)).toBeUndefined();
    await stores.artifacts.put("output", bytes);
    const path = store.at("artifacts", digits.slice(0, 2), digits.slice(2));
    store.disk.damage(path, () => Buffer.from("other"));
    expect(Buffer.from((await inspection.artifact(ref))!).toString()).toBe("other");
  });

  it.each(["EISDIR", "ENOTDIR"])("is nothing where something else stands (%s)", async (code) => {
    const { store } = await setUp();
    const failing = failingAt(store.disk, "open", () => code);
    expect(await inspectFolder("/store", failing).artifact(ref)).toBeUndefined();
  });

  it("is not taken for missing where it cannot be read", async () => {
    const { store } = await setUp();
    const failing = failingAt(store.disk, "open", () => "EIO");
    await expect(inspectFolder("/store", failing).artifact(ref)).rejects.toMatchObject({ name: "IoError" });
  });
});

describe("the kinds of artifacts as they are found", () => {
  it("are those of the index, and none where there is no index", async () => {
    const { stores, inspection } = await setUp();
    expect([...(await inspection.kinds()).kindsOf(ref)]).toEqual([]);
    await stores.artifacts.put("output", bytes);
    const { kindsOf, damaged } = await inspection.kinds();
    expect([...kindsOf(ref)]).toEqual(["output"]);
    expect(damaged).toEqual([]);
  });

  it("come with what is damaged of the index", async () => {
    const { store, inspection } = await setUp();
    const text = `${digits} output`;
    const entry = `${text} ${crc32(text).toString(16).padStart(8, "0")}`;
    await store.disk.append(store.at("artifacts", "kinds.txt"), Buffer.from(`\n${entry.replace("out", "oot")}\n`));
    expect((await inspection.kinds()).damaged).toEqual([{ line: 2, text: entry.replace("out", "oot") }]);
  });
});

describe("a run's files as they are found", () => {
  it("are not sealed before the run was given back, and are as sealed afterwards", async () => {
    const { stores, inspection } = await setUp();
    await stores.runs.create(RUN, {});
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    const before = await inspection.files(RUN);
    expect(before.isSealed).toBe(false);
    expect(before.files.every(({ sealed }) => sealed === undefined)).toBe(true);
    await lease.release();
    const { isSealed, files } = await inspection.files(RUN);
    expect(isSealed).toBe(true);
    const log = files.find(({ name }) => name === "events.jsonl");
    expect(log?.found).toEqual({ size: log?.sealed?.size, sealedPart: log?.sealed?.sha256 });
    expect(log?.sealed?.size).toBeGreaterThan(0);
  });

  it("that were cut off or are gone show it beside the seal", async () => {
    const { store, stores, inspection } = await setUp();
    await stores.runs.create(RUN, {});
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    await lease.release();
    const path = store.at("runs", RUN, "events.jsonl");
    store.disk.damage(path, (content) => content.subarray(0, 5));
    const cut = (await inspection.files(RUN)).files[0];
    expect(cut?.found?.size).toBe(5);
    expect(cut?.found?.sealedPart).not.toBe(cut?.sealed?.sha256);
    await store.disk.removeFile(path);
    expect((await inspection.files(RUN)).files[0]).toMatchObject({ name: "events.jsonl", found: undefined });
  });

  it("may have grown since they were sealed", async () => {
    const { store, stores, inspection } = await setUp();
    await stores.runs.create(RUN, {});
    const lease = await stores.leases.acquire(RUN, ALICE);
    await stores.events.append(RUN, 0, [event("e1")]);
    await lease.release();
    await store.disk.append(store.at("runs", RUN, "events.jsonl"), Buffer.from("more"));
    const grown = (await inspection.files(RUN)).files[0];
    expect(grown?.found?.sealedPart).toBe(grown?.sealed?.sha256);
    expect(grown?.found?.size).toBe(4 + (grown?.sealed?.size ?? 0));
  });
});

describe("a publication as it is found", () => {
  it("has its claims, and each file with its size and hash", async () => {
    const { store, stores, inspection } = await setUp();
    const wasm = await stores.artifacts.put("output", Buffer.from("\0asm"));
    const bundle = await stores.artifacts.put("output", Buffer.from("{}"));
    expect(await inspection.publication(bundle)).toEqual({ claims: new Map(), files: undefined });
    await stores.publications.publish(bundle, [{ path: "module.wasm", artifact: wasm }], RUN);
    await store.disk.append(store.at("claims", bundle.slice("artifact://".length), OTHER_RUN), Buffer.from("x"));
    await store.disk.makeFolder(store.at("bundles", bundle.slice("artifact://".length), "folder"));
    expect(await inspection.publication(bundle)).toEqual({
      claims: new Map([
        [RUN, "an empty file"],
        [OTHER_RUN, "a file of 1 bytes"],
      ]),
      files: [
        { path: "bundle.json", extent: { size: 2, sha256: sha256("{}") } },
        { path: "folder", extent: undefined },
        { path: "module.wasm", extent: { size: 4, sha256: sha256("\0asm") } },
      ],
    });
  });

  it("has a file of no extent where it went while the folder was read", async () => {
    const { store } = await setUp();
    await store.disk.makeFolder(store.at("bundles", digits));
    const readFolder = async () => ["gone.wasm"];
    expect((await inspectFolder("/store", { ...store.disk, readFolder }).publication(ref)).files).toEqual([
      { path: "gone.wasm", extent: undefined },
    ]);
  });

  it("has no files where a file stands in its place", async () => {
    const { store, inspection } = await setUp();
    await store.disk.append(store.at("bundles", digits), Buffer.from("x"));
    expect((await inspection.publication(ref)).files).toBeUndefined();
  });
});

describe("a request to cancel", () => {
  it("that is not as the store writes it is damaged, though it says the same", async () => {
    const { store, stores } = await setUp();
    await stores.runs.create(RUN, {});
    await stores.cancellations.request(RUN, { by: BOB, reason: "too slow" });
    const path = store.at("runs", RUN, "cancel", "request.json");
    expect(await stores.cancellations.find(RUN)).toEqual({ by: BOB, reason: "too slow" });
    store.disk.damage(path, (content) => Buffer.from(` ${content.toString()}`));
    await expect(stores.cancellations.find(RUN)).rejects.toMatchObject({ name: "CorruptionError" });
  });

  it("leaves nothing behind where it cannot be put in its place", async () => {
    const { store, stores } = await setUp();
    await stores.runs.create(RUN, {});
    const failing = await store.open(
      failingAt(store.disk, "rename", (_, to) => (/cancel$/.test(to) ? "EIO" : undefined)),
    );
    const asked = failing.cancellations.request(RUN, { by: BOB, reason: "too slow" });
    await expect(asked).rejects.toMatchObject({ name: "IoError" });
    expect(store.disk.paths().filter((path) => /\/tmp\/./.test(path))).toEqual([]);
    expect(await stores.cancellations.find(RUN)).toBeUndefined();
  });

  it.each(["ENOTEMPTY", "EEXIST"])("that finds another in its place (%s) is told of that one", async (code) => {
    const { store, stores } = await setUp();
    await stores.runs.create(RUN, {});
    let tries = 0;
    const fs = failingAt(store.disk, "rename", (_, to) => (/cancel$/.test(to) && ++tries === 1 ? code : undefined));
    const late = await store.open({
      ...fs,
      async rename(from, to) {
        if (/cancel$/.test(to)) await stores.cancellations.request(RUN, { by: ALICE, reason: "first" });
        return fs.rename(from, to);
      },
    });
    const asked = await late.cancellations.request(RUN, { by: BOB, reason: "second" });
    expect(asked).toMatchObject({ by: ALICE, reason: "first" });
    expect(store.disk.paths().filter((path) => /\/tmp\/./.test(path))).toEqual([]);
  });
});
