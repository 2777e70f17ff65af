import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Change, JournalEntry } from "../lab/crash/journal.ts";
import { restoreAfterCut } from "../lab/crash/power-cut.ts";

const scratch = mkdtempSync(join(tmpdir(), "restep-power-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const bytes = (text: string) => Buffer.from(text).toString("base64");
const entriesOf = (...changes: Change[]): JournalEntry[] =>
  changes.map((change, index) => ({ order: index + 1, began: index + 1, thread: "main thread", change }));

/** What stands in the folder afterwards, by path; a folder is a null. */
function restored(entries: JournalEntry[], choose: (n: number) => number): Record<string, string | null> {
  const target = mkdtempSync(join(scratch, "cut-"));
  restoreAfterCut(entries, "/root", target, choose);
  const found = readdirSync(target, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path.slice(target.length + 1), entry.isFile() ? readFileSync(path, "utf8") : null] as const;
  });
  return Object.fromEntries(found);
}

const NOTHING = () => 0;
const EVERYTHING = (n: number) => n;

const NEW_FILE: Change[] = [
  { does: "create", path: "/root/tmp" },
  { does: "write", path: "/root/tmp", offset: 0, bytes: bytes("whole") },
];
const SYNC: Change = { does: "sync", path: "/root/tmp" };
const RENAME: Change = { does: "rename", path: "/root/tmp", to: "/root/file" };
const SYNC_FOLDER: Change = { does: "sync_folder", path: "/root" };
const LOG: Change[] = [
  { does: "create", path: "/root/log" },
  { does: "write", path: "/root/log", offset: 0, bytes: bytes("one\n") },
  { does: "sync", path: "/root/log" },
  SYNC_FOLDER,
  { does: "append", path: "/root/log", bytes: bytes("two\n") },
];

describe("a power cut", () => {
  it.each<[string, Change[], (n: number) => number, Record<string, string | null>]>([
    ["takes a name whose folder was not synced", [...NEW_FILE, SYNC], NOTHING, {}],
    ["takes the contents of a file that was not synced", [...NEW_FILE, SYNC_FOLDER], NOTHING, { tmp: "" }],
    [
      "leaves what was synced under a synced name",
      [...NEW_FILE, SYNC, RENAME, SYNC_FOLDER],
      NOTHING,
      { file: "whole" },
    ],
    ["takes a rename back as a whole", [...NEW_FILE, SYNC, SYNC_FOLDER, RENAME], NOTHING, { tmp: "whole" }],
    ["takes what was added since the sync", LOG, NOTHING, { log: "one\n" }],
    ["may leave a part of what was added", LOG, () => 2, { log: "one\ntw" }],
    ["may leave everything", [...LOG, ...NEW_FILE, RENAME], EVERYTHING, { log: "one\ntwo\n", file: "whole" }],
    [
      "brings back what was cut off",
      [...LOG.slice(0, 4), { does: "truncate", path: "/root/log", length: 1 }],
      NOTHING,
      { log: "one\n" },
    ],
    [
      "brings back what was removed",
      [...LOG.slice(0, 4), { does: "remove", path: "/root/log" }],
      NOTHING,
      { log: "one\n" },
    ],
    [
      "takes a folder that its own was not synced with",
      [
        { does: "make_folder", path: "/root/a" },
        { does: "make_folder", path: "/root/a/b" },
        { does: "sync_folder", path: "/root/a" },
      ],
      NOTHING,
      {},
    ],
    ["knows nothing of what is elsewhere", [{ does: "make_folder", path: "/other" }], EVERYTHING, {}],
  ])("%s", (_name, changes, choose, expected) => {
    expect(restored(entriesOf(...changes), choose)).toEqual(expected);
  });

  it("takes what came while the folder was being synced", () => {
    const [create, sync] = entriesOf({ does: "create", path: "/root/late" }, SYNC_FOLDER) as [
      JournalEntry,
      JournalEntry,
    ];
    expect(restored([create, { ...sync, began: 0 }], NOTHING)).toEqual({});
    expect(restored([create, sync], NOTHING)).toEqual({ late: "" });
  });
});
