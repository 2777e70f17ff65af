import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { ArtifactRef, RunId } from "../../shared/contracts/ids.ts";
import { collect } from "../../shared/stores/collect.ts";
import type { FileSystem } from "../../shared/stores/filesystem/file-system.ts";
import type { PublishedFile } from "../../shared/stores/publications.ts";
import { oneIn } from "../support/scale.ts";
import { FAULTS, type Fault, faultyFileSystem, ProcessEnded } from "./support/faulty-file-system.ts";
import { inEveryOrder } from "./support/orders.ts";
import { pausedFileSystem } from "./support/paused-file-system.ts";
import { type PlayedStore, type PlayedStores, playedStore } from "./support/played-store.ts";
import { OTHER_RUN, RUN } from "./support/samples.ts";
import { schedule } from "./support/scheduled-file-system.ts";

// Every case is quick, but there are thousands.
vi.setConfig({ testTimeout: 180_000 });

const THIRD_RUN = "33333333-3333-4333-8333-333333333333" as RunId;

interface Shop {
  readonly store: PlayedStore;
  readonly bundle: ArtifactRef;
  readonly files: readonly PublishedFile[];
  /** Whether the whole bundle is there, at this moment. */
  isThere(): boolean;
}

/** A store with a bundle that these runs have published. */
async function storeWith(...claimants: RunId[]): Promise<Shop> {
  const store = playedStore();
  const { artifacts, publications } = await store.open();
  const files = [{ path: "module.wasm", artifact: await artifacts.put("output", Buffer.from("\0asm")) }];
  const bundle = await artifacts.put("output", Buffer.from(JSON.stringify(files)));
  for (const claimant of claimants) await publications.publish(bundle, files, claimant);
  const folder = store.at("bundles", bundle.slice("artifact://".length));
  const isThere = () => {
    const paths = store.disk.paths();
    return ["bundle.json", "module.wasm"].every((name) => paths.includes(`${folder}/${name}`));
  };
  return { store, bundle, files, isThere };
}

const publish = ({ bundle, files }: Shop, { publications }: PlayedStores, claimant: RunId) =>
  publications.publish(bundle, files, claimant);
const withdraw = ({ bundle }: Shop, { publications }: PlayedStores, claimant: RunId) =>
  publications.withdraw(bundle, claimant, `run ${claimant} failed`);

/** What is under way, and what is not as it should be: announcements, and claims that others than these runs make. */
function traces({ disk }: PlayedStore, ...claimants: RunId[]): string[] {
  const claim = new RegExp(`/claims/[^/]+/(${claimants.join("|")})$`);
  return disk.paths().filter((path) => /\/(removing|tmp|claims\/[^/]+)\/./.test(path) && !claim.test(path));
}

/**
 * Takes part in a schedule. What touches neither claims nor announcements nor the bundle's own name is the same before and after
 * any step of another process, so it takes no turn. Only publications look at announcements.
 */
async function joined({ store, bundle }: Shop, plan: ReturnType<typeof schedule>, areAnnouncementsRead: boolean) {
  const { fileSystem, start } = plan.join(store.disk);
  const ownName = store.at("bundles", bundle.slice("artifact://".length));
  const places = areAnnouncementsRead ? /\/(claims\/.|removing)/ : /\/claims\/./;
  let polls = 0;
  const shared = (path: string) => (path === ownName || places.test(path) ? fileSystem : store.disk);
  const stores = await store.open({
    ...store.disk,
    append: (path, bytes) => shared(path).append(path, bytes),
    stat: (path) => (path.endsWith("removing") ? store.disk : shared(path)).stat(path),
    async readFolder(path) {
      if (path.endsWith("removing")) polls += 1;
      return shared(path).readFolder(path);
    },
    makeFolder: (path) => shared(path).makeFolder(path),
    rename: (from, to) => (shared(from) === fileSystem ? fileSystem : shared(to)).rename(from, to),
    removeFile: (path) => shared(path).removeFile(path),
    removeFolder: (path) => shared(path).removeFolder(path),
  } satisfies FileSystem);
  polls = 0;
  return { stores, start, polls: () => polls };
}

interface Part {
  readonly claimant: RunId;
  readonly does: readonly (typeof publish | typeof withdraw)[];
}

/** Runs that publish and withdraw at once; `choose` says whose file operation comes next. */
async function race(
  shop: Shop,
  parts: readonly Part[],
  choose: (n: number, polls: number) => { who: number; turns: number },
): Promise<{ readonly wasMissing: boolean; readonly results: readonly unknown[] }> {
  const plan = schedule();
  const members: ({ readonly part: Part } & Awaited<ReturnType<typeof joined>>)[] = [];
  const publishes = parts.some(({ does }) => does.includes(publish));
  for (const part of parts) members.push({ part, ...(await joined(shop, plan, publishes)) });

  /** Runs whose publication has returned, and that have not begun to withdraw since. */
  const standing = new Set<RunId>();
  let wasMissing = false;
  const look = () => {
    wasMissing ||= standing.size > 0 && !shop.isThere();
  };
  const work = members.map(({ part: { claimant, does }, stores, start }) =>
    start(async () => {
      let result: unknown;
      for (const act of does) {
        if (act === withdraw) standing.delete(claimant);
        result = await act(shop, stores, claimant);
        if (act === publish) standing.add(claimant);
      }
      return result;
    }),
  );
  await plan.run((n) => {
    look();
    return choose(n, Math.max(...members.map(({ polls }) => polls())));
  });
  const results = await Promise.all(work);
  look();
  return { wasMissing, results };
}

describe("a publication and a withdrawal by another run", () => {
  it("leave the bundle there from when the publication returned, in every order of their file operations", async () => {
    const outcomes = new Set<string>();
    const parts = [
      { claimant: OTHER_RUN, does: [publish] },
      { claimant: RUN, does: [withdraw] },
    ];
    const orders = await inEveryOrder(async (choose) => {
      const shop = await storeWith(RUN);
      // The publication looks again and again while the withdrawal is announced; sooner or later that one gets its turn.
      const { wasMissing, results } = await race(shop, parts, (n, polls) => ({
        who: polls < 3 ? choose(n) : n - 1,
        turns: 1,
      }));
      const outcome = results[1] === undefined ? "stayed" : "withdrawn, published anew";
      outcomes.add(outcome);
      const isThere = shop.isThere();
      expect({ outcome, wasMissing, isThere }).toEqual({ outcome, wasMissing: false, isThere: true });
      expect({ outcome, traces: traces(shop.store, OTHER_RUN) }).toEqual({ outcome, traces: [] });
    });
    expect([...outcomes].toSorted()).toEqual(["stayed", "withdrawn, published anew"]);
    expect(orders).toBeGreaterThan(100);
  });

  it("do so whatever further runs publish and withdraw, and the last to withdraw leaves nothing", async () => {
    const turns = fc.infiniteStream(fc.record({ who: fc.nat(), turns: fc.integer({ min: 1, max: 4 }) }));
    const acts = fc.constantFrom(
      ...[[publish], [withdraw], [publish, withdraw], [withdraw, publish], [publish, withdraw, publish]],
    );
    const before = fc.subarray([RUN, OTHER_RUN, THIRD_RUN]);
    await fc.assert(
      fc.asyncProperty(turns, fc.tuple(acts, acts, acts), before, async (order, does, published) => {
        const shop = await storeWith(...published);
        const parts = [RUN, OTHER_RUN, THIRD_RUN].map((claimant, n) => ({ claimant, does: does[n]! }));
        const { wasMissing } = await race(shop, parts, (n) => {
          const { who, turns } = order.next().value as { who: number; turns: number };
          return { who: who % n, turns };
        });
        const left = parts.filter(({ does }) => does.at(-1) === publish).map(({ claimant }) => claimant);
        const isThere = shop.isThere();
        expect({ wasMissing, isThere }).toEqual({ wasMissing: false, isThere: left.length > 0 });
        expect(traces(shop.store, ...left)).toEqual([]);
      }),
      { numRuns: 1000 / oneIn(10) },
    );
  });
});

describe("two withdrawals by the last runs that stand behind a bundle", () => {
  it("take it out of service once, in every order of their file operations", async () => {
    const parts = [RUN, OTHER_RUN].map((claimant) => ({ claimant, does: [withdraw] }));
    const orders = await inEveryOrder(async (choose) => {
      const shop = await storeWith(RUN, OTHER_RUN);
      const { results } = await race(shop, parts, (n) => ({ who: choose(n), turns: 1 }));
      const moved = results.filter((place) => place !== undefined).length;
      expect({ moved, isThere: shop.isThere() }).toEqual({ moved: 1, isThere: false });
      expect(traces(shop.store)).toEqual([]);
    });
    expect(orders).toBeGreaterThan(100);
  });
});

/** Work whose `at`th file operation meets a fault, after which its process may end. */
async function until(shop: Shop, work: typeof publish | typeof withdraw, claimant: RunId, fault: Fault, at: number) {
  const armed = { ...faultyFileSystem(shop.store.disk, fault, Number.POSITIVE_INFINITY) };
  const stores = await shop.store.open(armed);
  Object.assign(armed, faultyFileSystem(shop.store.disk, fault, at));
  const outcome = await work(shop, stores, claimant).catch((error: Error) => error);
  if (outcome instanceof Error && !(outcome instanceof ProcessEnded))
    expect({ at, outcome }).toMatchObject({ outcome: { category: "storage" } });
  if (armed.isKilled()) stores.process.die();
  return { isOver: at > armed.operations(), hasStruck: armed.hasStruck() };
}

describe.each(FAULTS)("a withdrawal whose Nth file operation meets the fault %j, for every N", (fault) => {
  it("is made good by the next, and quarantine has the bundle once", async () => {
    let struck = 0;
    for (let at = 1; ; at += 1) {
      const shop = await storeWith(RUN);
      const { isOver, hasStruck } = await until(shop, withdraw, RUN, fault, at);
      if (isOver) break;
      if (hasStruck) struck += 1;
      const next = await shop.store.open();
      await withdraw(shop, next, RUN);
      // A reason whose bundle a crash kept from coming stands for itself.
      const setAside = await collect(next.retention.setAside());
      const whole = setAside.filter(({ name }) => !name.endsWith(".json"));
      expect({ at, isThere: shop.isThere(), whole: whole.length }).toEqual({ at, isThere: false, whole: 1 });
      expect({ at, traces: traces(shop.store) }).toEqual({ at, traces: [] });
    }
    expect(struck).toBeGreaterThan(0);
  });

  it("does not keep another run from publishing, nor take the bundle away from it when it is tried again", async () => {
    for (let at = 1; ; at += 1) {
      const shop = await storeWith(RUN);
      const { isOver } = await until(shop, withdraw, RUN, fault, at);
      const publisher = await shop.store.open({ ...shop.store.disk });
      const before = publisher.clock.now();
      await publish(shop, publisher, OTHER_RUN);
      expect({ at, waited: publisher.clock.now() - before, isThere: shop.isThere() }).toEqual({
        at,
        waited: 0,
        isThere: true,
      });
      const next = await shop.store.open();
      expect({ at, movedTo: await withdraw(shop, next, RUN) }).toEqual({ at, movedTo: undefined });
      expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: true });
      expect(await withdraw(shop, next, OTHER_RUN)).toEqual(expect.any(String));
      if (isOver) break;
    }
  });

  it("leaves the bundle to another run that stands behind it", async () => {
    for (let at = 1; ; at += 1) {
      const shop = await storeWith(OTHER_RUN, RUN);
      const { isOver } = await until(shop, withdraw, RUN, fault, at);
      expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: true });
      if (isOver) break;
    }
  });
});

describe("a publication that ends at its Nth file operation, for every N", () => {
  it.each(["kill", "torn"] as const)(
    "lets another run publish so that a power cut takes nothing (%s)",
    async (fault) => {
      for (let at = 1; ; at += 1) {
        const shop = await storeWith();
        const { isOver } = await until(shop, publish, RUN, fault, at);
        await publish(shop, await shop.store.open(), OTHER_RUN);
        shop.store.disk.cutPower();
        expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: true });
        // The claim has outlived it too: no other run's failure takes the bundle away.
        const next = await shop.store.open();
        await withdraw(shop, next, RUN);
        expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: true });
        expect(await withdraw(shop, next, OTHER_RUN)).toEqual(expect.any(String));
        shop.store.disk.cutPower();
        expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: false });
        if (isOver) break;
      }
    },
  );
});

describe("a withdrawal that ends at its Nth file operation and is tried again, for every N", () => {
  it.each(["kill", "torn"] as const)("outlives a power cut (%s)", async (fault) => {
    for (let at = 1; ; at += 1) {
      const shop = await storeWith(RUN);
      const { isOver } = await until(shop, withdraw, RUN, fault, at);
      await withdraw(shop, await shop.store.open(), RUN);
      shop.store.disk.cutPower();
      expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: false });
      await publish(shop, await shop.store.open(), OTHER_RUN);
      await withdraw(shop, await shop.store.open(), OTHER_RUN);
      // No claim of the first has come back to keep it.
      expect({ at, isThere: shop.isThere(), traces: traces(shop.store) }).toEqual({ at, isThere: false, traces: [] });
      if (isOver) break;
    }
  });

  it("has taken its claim back for good, beside another's", async () => {
    const shop = await storeWith(RUN, OTHER_RUN);
    await withdraw(shop, await shop.store.open(), RUN);
    shop.store.disk.cutPower();
    expect(await withdraw(shop, await shop.store.open(), OTHER_RUN)).toEqual(expect.any(String));
  });
});

describe("a withdrawal that stands still", () => {
  /** It stands before its `at`th operation from when it began. */
  async function stalledWithdrawal(at: number) {
    const shop = await storeWith(RUN);
    const { store } = shop;
    const paused = pausedFileSystem(store.disk, at);
    const stores = await store.open(paused.fileSystem);
    paused.arm();
    const outcome = withdraw(shop, stores, RUN);
    const wasThrough = await Promise.race([paused.standsStill.then(() => false), outcome.then(() => true)]);
    return { shop, stores, outcome, wasThrough, goOn: paused.goOn };
  }
  const tryToPublish = async (shop: Shop) =>
    publish(shop, await shop.store.open(), OTHER_RUN).then(
      () => "published",
      (error: { code?: string; retryable?: boolean; message: string }) => {
        expect(error.message).toMatch(/^cannot publish artifact:.*withdrawal.*remove this file/);
        return `${error.code}, retryable: ${error.retryable}`;
      },
    );

  it("is waited for, and then makes the publication fail rather than lie", async () => {
    const told = new Set<string>();
    for (let at = 1; ; at += 1) {
      const { shop, outcome, wasThrough, goOn } = await stalledWithdrawal(at);
      const answer = await tryToPublish(shop);
      told.add(answer);
      goOn();
      await outcome;
      if (answer === "published") expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: true });
      // Once it went on, the way is free.
      expect(await tryToPublish(shop)).toBe("published");
      expect({ at, isThere: shop.isThere() }).toEqual({ at, isThere: true });
      if (wasThrough) break;
    }
    expect(told).toEqual(new Set(["published", "store_io, retryable: true"]));
  });

  it("is not waited for when its process is gone", async () => {
    for (let at = 1; ; at += 1) {
      const { shop, stores, wasThrough } = await stalledWithdrawal(at);
      stores.process.die();
      expect(await tryToPublish(shop)).toBe("published");
      expect(traces(shop.store, RUN, OTHER_RUN).filter((path) => path.includes("removing"))).toEqual([]);
      if (wasThrough) break;
    }
  });
});
