import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { RunId } from "../../shared/contracts/ids.ts";
import { openRuns } from "../../shared/local/open-runs.ts";
import { readRun } from "../../shared/runs/read-run.ts";
import { newKeyPair, signingKeyFrom, verifyingKeyFrom } from "../../shared/runs/signing/keys.ts";
import { verifyRun } from "../../shared/runs/verify/verify-run.ts";
import { collect } from "../../shared/stores/collect.ts";
import { inspectStore, openStores } from "../../shared/stores/open.ts";
import { lastLine, restep, temporaryFolder } from "../e2e/cli.ts";
import { unpack } from "./archive.ts";

/** Stores as releases made them, and their runs by what became of them. See `make-store.ts`. */
const here = fileURLToPath(new URL(".", import.meta.url));
const releases = readdirSync(here)
  .filter((name) => name.endsWith(".store"))
  .map((name) => name.slice(0, -".store".length));

/** Releases whose runs this version reads, and does not go on with. */
const READ_ONLY = new Set(["0.1.0"]);

/** Releases whose reports said less, and in other words, or whose code did not hold returns against `ra`: a bundle of today has another hash. */
const OTHER_BUNDLES = new Set(["0.1.0", "format-2"]);

const RUNS = {
  succeeded: "succeeded",
  dispatch: "succeeded",
  approved: "succeeded",
  rejected: "failed",
  blocked: "blocked",
  interrupted: "running",
} as const;
type Kind = keyof typeof RUNS;
const KINDS = Object.keys(RUNS) as Kind[];

const folder = temporaryFolder();
afterAll(() => folder.remove());
const TIMEOUT = 120_000;

it("there is a store of the release before", () => {
  expect(releases).toContain("0.1.0");
});

describe.each(releases)(
  "a store that release %s made",
  (release) => {
    const ids = JSON.parse(readFileSync(join(here, `${release}.json`), "utf8")) as Record<Kind, string>;
    const idOf = (kind: Kind) => RunId.parse(ids[kind]);
    const store = join(folder.path, release);
    beforeAll(() => unpack(readFileSync(join(here, `${release}.store`)), store));

    it.each(KINDS)("tells what became of its run: %s", async (kind) => {
      const stores = await openStores(store, { asFound: true });
      const { record } = await readRun(stores, idOf(kind));
      expect(record.startedAt).toBeDefined();
      const summary = await restep(["summary", idOf(kind), "--store", store, "--json"]);
      expect(lastLine(summary)).toMatchObject({ run_id: idOf(kind), state: RUNS[kind] });
      const status = await restep(["status", idOf(kind), "--store", store, "--json"]);
      expect(lastLine(status)).toMatchObject({ state: RUNS[kind] });
      await stores.close();
    });

    it.each(KINDS)("has events that are told as today's are, and verifies: %s", async (kind) => {
      const before = treeOf(store);
      const stores = await openStores(store, { asFound: true });
      const events: EventEnvelope[] = await collect(stores.events.read(idOf(kind)));
      expect(events.length).toBeGreaterThan(10);
      expect(events.map(({ event_id }) => event_id)).toEqual(events.map((_, index) => `${idOf(kind)}/${index + 1}`));
      const verified = await verifyRun(stores, await inspectStore(store), idOf(kind));
      expect(verified.problems).toEqual([]);
      expect(await stores.events.verifyChain(idOf(kind))).toMatchObject({ entries: events.length });
      await stores.close();
      expect(treeOf(store)).toEqual(before);
    });

    it.each(["succeeded", "approved"] as const)("has a run that is signed today, and verifies so: %s", async (kind) => {
      const copy = join(folder.path, `${release}-${kind}-signed`);
      cpSync(store, copy, { recursive: true });
      const { keyId, privateKey, publicKey } = newKeyPair();
      const runs = await openRuns({ store: copy, environment: () => undefined });
      await runs.sign(idOf(kind), signingKeyFrom(privateKey, "key"));
      const { problems, signed, events } = await runs.verify(idOf(kind), {
        keys: [verifyingKeyFrom(publicKey, "key")],
      });
      await runs.close();
      expect(problems).toEqual([]);
      expect(signed).toEqual([{ keyid: keyId, is_named: true, seq: events }]);
    });

    it("has bundles whose programs run, by run and by hash", async () => {
      const { bundle } = lastLine(await restep(["summary", idOf("succeeded"), "--store", store, "--json"]));
      for (const target of [idOf("succeeded"), String(bundle), idOf("approved")]) {
        const finished = await restep(["exec", target, "--store", store], "abc");
        expect(finished.stdout.toString()).toBe(`${createHash("sha256").update("abc").digest("hex")}  -\n`);
      }
      expect((await restep(["exec", idOf("dispatch"), "--store", store])).code).toBe(0);
    });

    it.each([
      ["interrupted", 0],
      ["blocked", 3],
    ] as const)("has a run that is gone on with, or that is refused and left as it is: %s", async (kind, code) => {
      const copy = join(folder.path, `${release}-${kind}`);
      cpSync(store, copy, { recursive: true });
      const before = treeOf(copy);
      const resumed = await restep(["resume", idOf(kind), "--store", copy]);
      if (!READ_ONLY.has(release)) {
        // Where the state machine is another than the one it was begun with, the run is refused for that.
        if (resumed.code !== 2) expect(resumed.code, resumed.stderr).toBe(code);
        else
          expect(resumed.stderr).toMatch(
            /^restep: run \S+: expected [^\n]*, under which it was begun, found [^\n]*\n$/,
          );
        return;
      }
      expect(resumed.code).toBe(2);
      expect(resumed.stderr).toMatch(/^restep: run \S+ was begun by an earlier version, [^.\n]* --new --store \S+`\n$/);
      const decided = await restep(["approve", idOf(kind), "publish", "--by", "a", "--reason", "b", "--store", copy]);
      expect(decided.code).toBe(2);
      expect(treeOf(copy)).toEqual(before);
    });

    it("has a run that is replayed, to the same where the stages are the same, or refused with one sentence", async () => {
      const replayed = await restep(["replay", idOf("succeeded"), "--store", store, "--json"]);
      if (!READ_ONLY.has(release)) {
        if (replayed.code !== 2) expect(lastLine(replayed)).toMatchObject({ identical: replayed.code === 0 });
        else expect(replayed.stderr).toContain('"name":"FlowChanged"');
        return;
      }
      expect(replayed.code).toBe(2);
      expect(replayed.stderr).toMatch(
        /expected events of format \d+, found format 1, [^"]*; replay it with that version"/,
      );
    });

    it("takes new runs beside the old ones, and gives back the same bundle where its reports and its code are the same", async () => {
      const copy = join(folder.path, `${release}-new`);
      cpSync(store, copy, { recursive: true });
      const { bundle } = lastLine(await restep(["summary", idOf("succeeded"), "--store", copy, "--json"]));
      const isSame = !OTHER_BUNDLES.has(release);
      const run = await restep(["run", "examples/sha256/manifest.json", "--new", "--store", copy, "--json"]);
      expect(lastLine(run)).toMatchObject({ state: "succeeded" });
      expect(lastLine(run).bundle === bundle).toBe(isSame);
    });
  },
  TIMEOUT,
);

describe(
  "a store that a later version laid out",
  () => {
    it.each(["summary", "verify", "resume", "events"])(
      "is refused with one sentence, and left as it is: %s",
      async (verb) => {
        const store = join(folder.path, `later-${verb}`);
        unpack(readFileSync(join(here, "0.1.0.store")), store);
        writeFileSync(join(store, "store.json"), '{"format":2,"and":"more"}\n');
        const before = treeOf(store);
        const id = (JSON.parse(readFileSync(join(here, "0.1.0.json"), "utf8")) as Record<Kind, string>).succeeded;
        const refused = await restep([verb, id, "--store", store]);
        expect(refused.code).toBe(2);
        expect(refused.stderr).toBe(
          `restep: the store ${store} has format 2, and this version reads formats up to 1: use the version that made it, or a later one\n`,
        );
        expect(treeOf(store)).toEqual(before);
      },
    );
  },
  TIMEOUT,
);

/** Every path with the bytes behind it, but for what opening a store to write clears or makes anew. */
function treeOf(store: string): Record<string, string> {
  const tree: Record<string, string> = {};
  const walk = (path: string) => {
    for (const name of readdirSync(join(store, path))) {
      const inside = path === "" ? name : `${path}/${name}`;
      if (statSync(join(store, inside)).isDirectory()) {
        tree[inside] = "";
        walk(inside);
      } else
        tree[inside] = createHash("sha256")
          .update(readFileSync(join(store, inside)))
          .digest("hex");
    }
  };
  walk("");
  return tree;
}
