import { describe, expect, it } from "vitest";
import { sha256 } from "../../../shared/stores/digest.ts";
import { kindIndex, parseKindEntry } from "../../../shared/stores/filesystem/artifact-kinds.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { simulatedDisk } from "../support/simulated-disk.ts";

const digits = sha256("an artifact");
const PATH = "/store/kinds.txt";

/** A disk that counts what is done to the index, and may fail at it. */
async function setUp(faults: { sync?: () => Error | undefined } = {}) {
  const disk = simulatedDisk();
  await disk.makeFolder("/store");
  await disk.syncFolder("/");
  const did: string[] = [];
  const fileSystem: FileSystem = {
    ...disk,
    async append(path, bytes) {
      did.push("append");
      return disk.append(path, bytes);
    },
    async syncFolder(path) {
      did.push(`sync ${path}`);
      return disk.syncFolder(path);
    },
    async open(path, mode) {
      const file = await disk.open(path, mode);
      return {
        ...file,
        async sync() {
          did.push("sync");
          const fault = faults.sync?.();
          if (fault !== undefined) throw fault;
          return file.sync();
        },
      };
    },
  };
  return { disk, did, fileSystem, index: kindIndex(fileSystem, PATH), reader: kindIndex(disk, PATH) };
}

describe("the index of kinds", () => {
  it("makes an entry and its own name durable, the name once", async () => {
    const { did, disk, index, reader } = await setUp();
    await index.note(digits, "output");
    disk.cutPower();
    expect(await reader.kindsOf(digits)).toEqual(["output"]);
    await index.note(digits, "manifest");
    expect(did).toEqual(["append", "sync", "sync /store", "append", "sync"]);
  });

  it("writes an entry once, and does nothing for one that it made durable", async () => {
    const { did, index } = await setUp();
    await index.note(digits, "output");
    const before = did.length;
    await index.note(digits, "output");
    expect(did.length).toBe(before);
  });

  it("makes durable what another process wrote and may not have synced, without writing it again", async () => {
    const { did, disk, index, reader } = await setUp();
    await reader.note(digits, "output");
    expect(await index.kindsOf(digits)).toEqual(["output"]);
    await index.note(digits, "output");
    expect(did).toEqual(["sync", "sync /store"]);
    const text = await disk.open(PATH, "read").then(async (file) => Buffer.from(await file.read(0, 1_000)).toString());
    expect(text.match(/output/g)).toHaveLength(1);
  });

  it("writes an entry again whose sync failed", async () => {
    let isAway = true;
    const { did, index } = await setUp({ sync: () => (isAway ? new Error("EIO") : undefined) });
    await expect(index.note(digits, "output")).rejects.toThrow("EIO");
    isAway = false;
    await index.note(digits, "output");
    expect(did).toEqual(["append", "sync", "append", "sync", "sync /store"]);
  });

  it("lists the kinds of each artifact in order, and those of no other", async () => {
    const { index, reader } = await setUp();
    expect(await reader.kindsOf(digits)).toEqual([]);
    for (const kind of ["output", "manifest", "fact_payload"] as const) await index.note(digits, kind);
    await index.note(sha256("another"), "context_snapshot");
    expect(await reader.kindsOf(digits)).toEqual(["fact_payload", "manifest", "output"]);
  });

  it("reads each byte once", async () => {
    const { fileSystem, index, reader } = await setUp();
    const reads: (readonly [number, number])[] = [];
    const counting = kindIndex(
      {
        ...fileSystem,
        async open(path, mode) {
          const file = await fileSystem.open(path, mode);
          return {
            ...file,
            read: async (offset: number, length: number) => {
              reads.push([offset, length]);
              return file.read(offset, length);
            },
          };
        },
      },
      PATH,
    );
    await index.note(digits, "output");
    expect(await counting.kindsOf(digits)).toEqual(["output"]);
    await reader.note(digits, "manifest");
    expect(await counting.kindsOf(digits)).toEqual(["manifest", "output"]);
    const [first, second] = reads;
    expect(first?.[0]).toBe(0);
    expect(second?.[0]).toBe(first?.[1]);
  });
});

describe("an entry of the index", () => {
  it.each([
    ["nothing", ""],
    ["digits alone", digits],
    ["no check", `${digits} output`],
    ["a wrong check", `${digits} output 00000000`],
    ["no digits", "output"],
    ["an unknown kind", `${digits} picture 00000000`],
  ])("is none with %s", (_, line) => {
    expect(parseKindEntry(line)).toBeUndefined();
  });
});
