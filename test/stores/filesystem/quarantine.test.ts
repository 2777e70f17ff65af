import { beforeEach, describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { quarantine } from "../../../shared/stores/filesystem/quarantine.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type SimulatedDisk, simulatedDisk } from "../support/simulated-disk.ts";

const FOLDER = "/quarantine";
const bytes = Buffer.from("some bytes");
const digits = sha256(bytes);
const ref = `artifact://${digits}` as ArtifactRef;
const found = { ref, path: "/artifact", expected: digits, found: sha256("other"), size: 5 };
const clock = manualClock();
let disk: SimulatedDisk;

beforeEach(async () => {
  disk = simulatedDisk();
  await disk.makeFolder(FOLDER);
});

function open(fs: FileSystem = disk) {
  let names = 0;
  return quarantine(fs, FOLDER, { next: () => `/temporary.${++names}` } as never, clock);
}
const since = async (fs?: FileSystem) => (await collect(open(fs).contents())).map((item) => item.since);

describe("what is set aside", () => {
  it("goes with its reason, and is listed as of then", async () => {
    await disk.append("/artifact", Buffer.from("other"));
    const target = await open().setAside(found);
    expect(disk.paths()).toEqual([`${FOLDER}/`, target, `${target}.json`]);
    expect(await collect(open().contents())).toEqual([
      { name: target?.slice(FOLDER.length + 1), size: 5, since: clock.now() },
    ]);
  });

  it("is nothing, and leaves no reason, where another process took it first", async () => {
    expect(await open().setAside(found)).toBeUndefined();
    expect(await open().setBundleAside({ bundle: ref, digits, path: "/bundle", why: "no" })).toBeUndefined();
    expect(disk.paths()).toEqual([`${FOLDER}/`]);
  });

  it("goes back where it was healed meanwhile", async () => {
    await disk.append("/artifact", bytes);
    expect(await open().setAside(found)).toBeUndefined();
    expect(disk.paths()).toEqual(["/artifact", `${FOLDER}/`]);
  });

  it.each([
    ["nothing tells", undefined],
    ["its reason is torn", '{"moved_at":"2026-0'],
    ["its reason tells of no time", '{"moved_at":"yesterday"}'],
    ["its reason is none", "null"],
  ])("is as old as its file where %s", async (_, reason) => {
    await disk.append(`${FOLDER}/thing`, bytes);
    await disk.touch(`${FOLDER}/thing`, 5_000);
    if (reason !== undefined) await disk.append(`${FOLDER}/thing.json`, Buffer.from(reason));
    expect(await since()).toEqual([5_000]);
  });

  it("is as old as its reason says, also where that stands alone", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    await disk.append(`${FOLDER}/alone.json`, Buffer.from(JSON.stringify({ moved_at: at })));
    expect(await since()).toEqual([Date.parse(at)]);
  });

  it("is of now where it went while the folder was read", async () => {
    expect(await since({ ...disk, readFolder: async () => ["gone"] })).toEqual([clock.now()]);
  });
});
