import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExitCode, exitCodeOf } from "../../../scripts/cli/exit-codes.ts";
import { gcVerb } from "../../../scripts/commands/gc.ts";
import type { ArtifactRef } from "../../../shared/contracts/ids.ts";
import type { Collection } from "../../../shared/runs/retention/collect.ts";
import { openStores } from "../../../shared/stores/open.ts";
import { manualClock } from "../../stores/support/manual-clock.ts";
import { binary, naming, runId, writeRun } from "./worlds.ts";

/** Any policy's time is over since then. */
const LONG_AGO = Date.UTC(2001, 0, 1);

describe("restep gc", () => {
  let root: string;
  let intermediate: ArtifactRef;
  let manifest: ArtifactRef;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "restep-gc-"));
    const stores = await openStores(root, { clock: manualClock(LONG_AGO) });
    manifest = await stores.artifacts.put("manifest", naming("manifest"));
    intermediate = await stores.artifacts.put("output", binary("intermediate"));
    const manifests = [manifest, manifest, manifest] as const;
    await writeRun(stores, { id: runId(1), state: "succeeded", at: LONG_AGO, manifests, emitted: [intermediate] });
    await stores.close();
    // What a process of this name left cannot be asked for, and is old.
    const leftover = join(root, "tmp", "0123456789ab.1.2.01234567-1");
    writeFileSync(leftover, "half a file");
    utimesSync(leftover, LONG_AGO / 1000, LONG_AGO / 1000);
    mkdirSync(join(root, "quarantine", "withdrawn"));
    writeFileSync(join(root, "quarantine", "withdrawn", "module.wasm"), "wasm");
    const movedAt = new Date(LONG_AGO).toISOString();
    writeFileSync(join(root, "quarantine", "withdrawn.json"), JSON.stringify({ moved_at: movedAt }));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(root, { recursive: true });
  });

  /** What the verb prints on standard output, and its exit code. */
  async function gc(options: Partial<Parameters<typeof gcVerb>[0]> = {}) {
    let printed = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += text;
      return true;
    });
    const code = await gcVerb({
      store: root,
      isStoreGiven: true,
      json: false,
      asFound: false,
      dryRun: false,
      ...options,
    });
    vi.restoreAllMocks();
    return { code, printed };
  }
  const inJson = async (options: Partial<Parameters<typeof gcVerb>[0]> = {}) => {
    const { code, printed } = await gc({ json: true, ...options });
    return { code, collection: JSON.parse(printed) as Collection };
  };

  /** Everything there is in the store's folder, down to the times. */
  function everything(): Record<string, unknown> {
    const names = readdirSync(root, { recursive: true, encoding: "utf8" });
    return Object.fromEntries(
      [".", ...names].map((name) => {
        const { mtimeMs, size, mode } = statSync(join(root, name));
        const content = statSync(join(root, name)).isFile() ? readFileSync(join(root, name), "utf8") : undefined;
        return [name, { mtimeMs, size, mode, content }];
      }),
    );
  }

  it("removes what is past its time, and says what and why", async () => {
    const { code, collection } = await inJson();
    expect(code).toBe(ExitCode.succeeded);
    expect(collection.removed).toMatchObject([
      { name: "tmp/0123456789ab.1.2.01234567-1", size: 11, why: "leftover" },
      { name: "withdrawn", size: 4, why: "set_aside_expired" },
      { name: intermediate, size: 13, why: "intermediate_expired" },
    ]);
    expect(collection.freed_bytes).toBe(11 + 4 + 13);
    expect(readdirSync(join(root, "tmp"))).toEqual([]);
    expect(readdirSync(join(root, "quarantine"))).toEqual([]);
    expect(readFileSync(join(root, "collected.jsonl"), "utf8")).toContain(intermediate);
  });

  it("removes nothing the second time", async () => {
    await gc();
    const before = everything();
    expect((await inJson()).collection.removed).toEqual([]);
    expect(everything()).toEqual(before);
  });

  it("changes nothing in a dry run, not even a time", async () => {
    const before = everything();
    const { code, collection } = await inJson({ dryRun: true });
    expect(code).toBe(ExitCode.succeeded);
    expect(everything()).toEqual(before);
    expect({ ...(await inJson()).collection, began_at: "" }).toEqual({
      ...collection,
      is_dry_run: false,
      began_at: "",
    });
  });

  it("shows a person what would go, each by name, and counts by reason", async () => {
    const { printed } = await gc({ dryRun: true });
    expect(printed).toContain(`${intermediate}  13 B  intermediate_expired`);
    expect(printed).toContain("Would remove 3, 28 B");
    expect(printed).toMatch(/^ +1 +13 B {2}intermediates of succeeded runs$/m);
    expect(printed).toMatch(/^Kept 1 artifacts, /m);
    expect((await gc()).printed).toMatch(/^Removed 3, 28 B$/m);
  });

  it.each([
    [{ keepIntermediates: "36500" }, ["leftover", "set_aside_expired"]],
    [{ keepFailed: "36500" }, ["leftover", "intermediate_expired"]],
    [{ grace: "999999" }, ["leftover", "set_aside_expired"]],
    [
      { keepFailed: "0", keepIntermediates: "0", grace: "0" },
      ["leftover", "set_aside_expired", "intermediate_expired"],
    ],
  ])("with %j removes for %j", async (options, reasons) => {
    expect((await inJson(options)).collection.removed.map(({ why }) => why)).toEqual(reasons);
  });

  it.each([
    [{ keepFailed: "-1" }, "--keep-failed: expected a whole number"],
    [{ keepIntermediates: "week" }, "--keep-intermediates: expected a whole number"],
    [{ grace: "1.5" }, "--grace: expected a whole number"],
    [{ grace: "" }, "--grace: expected a whole number"],
  ])("refuses %j and leaves the store alone", async (options, message) => {
    const before = everything();
    const error: unknown = await gc(options).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain(message);
    expect(exitCodeOf(error)).toBe(ExitCode.badInput);
    expect(everything()).toEqual(before);
  });

  it("makes no store where there is none", async () => {
    const store = join(root, "elsewhere");
    const error: unknown = await gc({ store }).catch((thrown: unknown) => thrown);
    expect(exitCodeOf(error)).toBe(ExitCode.badInput);
    expect(statSync(store, { throwIfNoEntry: false })).toBeUndefined();
  });

  it("removes nothing and fails when a run cannot be read", async () => {
    const log = join(root, "runs", runId(1), "events.jsonl");
    // Cut at the end of a batch: only the seal knows that there was more.
    writeFileSync(log, "");
    const before = everything();
    const { code, collection } = await inJson();
    expect(code).toBe(ExitCode.failed);
    expect(collection.removed).toEqual([]);
    expect(collection.problems).toMatchObject([{ run_id: runId(1), message: expect.stringContaining(log) }]);
    expect(everything()).toEqual(before);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect((await gc()).printed).toContain("as long as a run cannot be read");
  });
});
