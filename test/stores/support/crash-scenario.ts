import type { ArtifactRef, RunId } from "../../../shared/contracts/ids.ts";
import type { RunSignature } from "../../../shared/contracts/signature.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { canonicalText, sha256 } from "../../../shared/stores/digest.ts";
import { ConcurrencyError, StoreError } from "../../../shared/stores/errors.ts";
import type { FileSystem } from "../../../shared/stores/filesystem/file-system.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import type { Json, Stores } from "../../../shared/stores/ports.ts";
import { ProcessEnded } from "./faulty-file-system.ts";
import { manualClock } from "./manual-clock.ts";
import type { PlayedProcess } from "./processes.ts";
import { ALICE, BOB, event, OTHER_RUN, RUN, signatureOf } from "./samples.ts";

export const ROOT = "/store";

/** What a process was promised before it ended, and what it tried. */
export interface Witness {
  readonly runs: Set<RunId>;
  readonly batches: { readonly runId: RunId; readonly names: readonly string[]; isPromised: boolean }[];
  readonly history: { readonly entries: readonly string[]; isPromised: boolean }[];
  readonly artifacts: Map<string, ArtifactRef | undefined>;
  /** Bundles that were to be published, by which runs, and how far each of them came. */
  readonly publications: Map<
    ArtifactRef,
    Map<RunId, "being published" | "published" | "being withdrawn" | "withdrawn">
  >;
  readonly removed: Set<ArtifactRef>;
  /** What was signed of a run, one after the other. */
  readonly signatures: { readonly signature: RunSignature; isPromised: boolean }[];
  readonly statuses: Json[];
  /** Index of the last status that was promised. */
  lastStatus: number;
  /** Failures that are neither a StoreError nor the end of the process. */
  readonly strange: unknown[];
}

export function witness(): Witness {
  const strange: unknown[] = [];
  return {
    runs: new Set(),
    batches: [],
    history: [],
    artifacts: new Map(),
    publications: new Map(),
    removed: new Set(),
    signatures: [],
    statuses: [],
    lastStatus: -1,
    strange,
  };
}

export function openPlayed(fileSystem: FileSystem, processes: PlayedProcess): Promise<Stores> {
  return openFileSystemStores(ROOT, { fileSystem, processes, clock: manualClock() });
}

/** A process that uses every part of the stores, and goes on after failures as long as it lives. */
export async function workload(fileSystem: FileSystem, processes: PlayedProcess, seen: Witness): Promise<void> {
  const attempt = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof StoreError || error instanceof ProcessEnded || error instanceof OutOfOrder))
        seen.strange.push(error);
    }
  };
  await attempt(async () => {
    const stores = await openPlayed(fileSystem, processes);
    const { append, history, put, remove, publish, publishHalf, withdraw, status, create, sign } = witnessed(
      stores,
      seen,
    );
    await attempt(() => create(RUN));
    await attempt(() => create(OTHER_RUN));
    await attempt(() => put("artifact one"));
    await attempt(() => append(OTHER_RUN, ["alone"]));
    await attempt(async () => {
      const lease = await stores.leases.acquire(RUN, ALICE);
      await attempt(() => append(RUN, ["started"]));
      await attempt(() => Promise.allSettled([put("artifact two"), put("artifact two"), history(["h1", "h2"])]));
      await attempt(() => append(RUN, ["batch_a", "batch_b", "batch_c"]));
      await attempt(() => pipelined(stores, seen, ["p1", "p2", "p3"]));
      await attempt(() => status({ state: "running" }));
      await attempt(() => status({ state: "blocked" }));
      await attempt(() => history(["h3"]));
      await attempt(() => lease.release());
    });
    await attempt(() => append(RUN, ["approved"]));
    await attempt(() => publish(RUN, "artifact one", "artifact two"));
    await attempt(() => publish(OTHER_RUN, "artifact one", "artifact two"));
    await attempt(() => withdraw(RUN, "artifact one", "artifact two"));
    await attempt(() => put("artifact one"));
    await attempt(() => publish(RUN, "artifact two"));
    await attempt(() => publish(OTHER_RUN, "artifact two"));
    await attempt(() => withdraw(RUN, "artifact two"));
    await attempt(() => withdraw(OTHER_RUN, "artifact two"));
    await attempt(() => publishHalf("artifact two"));
    await attempt(() => remove("an artifact to remove"));
    await attempt(() => remove("an artifact to put again"));
    await attempt(() => put("an artifact to put again"));
    await attempt(async () => {
      const lease = await stores.leases.acquire(RUN, BOB);
      await attempt(() => append(RUN, ["resumed", "completed"]));
      await attempt(() => status({ state: "succeeded" }));
      await attempt(() => lease.release());
    });
    await attempt(() => sign("Zmlyc3Q="));
    await attempt(() => sign("c2Vjb25k"));
    await attempt(() => stores.close());
  });
}

/** Nothing to do after a failure before. */
class OutOfOrder extends Error {}

function missing(): never {
  throw new OutOfOrder();
}

const ABSENT = `artifact://${"0".repeat(64)}` as ArtifactRef;

function witnessed(stores: Stores, seen: Witness) {
  const bundleOf = async (...texts: string[]) => {
    const files = texts.map((text, n) => ({ path: `file_${n}`, artifact: seen.artifacts.get(text) ?? missing() }));
    return { bundle: await stores.artifacts.put("output", Buffer.from(JSON.stringify(files))), files };
  };
  return {
    async create(runId: RunId) {
      await stores.runs.create(runId, { for: runId });
      seen.runs.add(runId);
    },
    async put(text: string) {
      if (!seen.artifacts.has(text)) seen.artifacts.set(text, undefined);
      const ref = await stores.artifacts.put("output", Buffer.from(text));
      seen.artifacts.set(text, ref);
    },
    async publish(runId: RunId, ...texts: string[]) {
      const { bundle, files } = await bundleOf(...texts);
      const states = seen.publications.get(bundle) ?? new Map();
      seen.publications.set(bundle, states.set(runId, "being published"));
      await stores.publications.publish(bundle, files, runId);
      states.set(runId, "published");
    },
    async publishHalf(text: string) {
      const { bundle, files } = await bundleOf(text);
      await stores.publications.publish(bundle, [...files, { path: "absent", artifact: ABSENT }], RUN);
    },
    async withdraw(runId: RunId, ...texts: string[]) {
      const { bundle } = await bundleOf(...texts);
      const states = seen.publications.get(bundle) ?? missing();
      states.set(runId, "being withdrawn");
      await stores.publications.withdraw(bundle, runId, "for a reason");
      states.set(runId, "withdrawn");
    },
    async remove(text: string) {
      const ref = await stores.artifacts.put("output", Buffer.from(text));
      for await (const artifact of stores.retention.artifacts()) {
        if (artifact.ref !== ref) continue;
        if ((await stores.retention.remove(artifact)) !== "removed") missing();
        await stores.retention.record([
          {
            at: "2026-01-01T00:00:00.000Z",
            artifact: ref,
            size: artifact.size,
            why: "unreferenced",
            outcome: "removed",
          },
        ]);
        seen.removed.add(ref);
      }
    },
    async append(runId: RunId, names: readonly string[]) {
      const { seq } = await stores.events.head(runId);
      await promised(stores, seen, runId, seq, names);
    },
    async history(names: readonly string[]) {
      // Told apart from those of a process before, of which some may be lost.
      const entries = names.map((name) => `${name} of batch ${seen.history.length}`);
      const one = { entries, isPromised: false };
      seen.history.push(one);
      await stores.history.append(RUN, entries);
      one.isPromised = true;
    },
    async sign(payload: string) {
      const one = { signature: signatureOf(RUN, "a", payload), isPromised: false };
      seen.signatures.push(one);
      await stores.signatures.put(RUN, one.signature);
      one.isPromised = true;
    },
    async status(value: Json) {
      const index = seen.statuses.push(value) - 1;
      await stores.runs.writeStatus(RUN, value);
      seen.lastStatus = index;
    },
  };
}

async function promised(stores: Stores, seen: Witness, runId: RunId, at: number, names: readonly string[]) {
  const one = { runId, names, isPromised: false };
  seen.batches.push(one);
  await stores.events.append(
    runId,
    at,
    names.map((name) => event(name)),
  );
  one.isPromised = true;
}

/** Appends issued without awaiting; when one fails, those after it have nothing to follow. */
async function pipelined(stores: Stores, seen: Witness, names: readonly string[]): Promise<void> {
  const { seq } = await stores.events.head(RUN);
  const appends = names.map((name, index) => promised(stores, seen, RUN, seq + index, [name]));
  for (const { status, ...one } of await Promise.allSettled(appends)) {
    if (status === "fulfilled") continue;
    const { reason } = one as PromiseRejectedResult;
    throw reason instanceof ConcurrencyError ? new OutOfOrder() : reason;
  }
}

/** What is wrong after the process ended and another opened the stores; nothing, one hopes. */
export async function problemsAfter(stores: Stores, seen: Witness, wasPowerCut = false): Promise<string[]> {
  const problems: string[] = seen.strange.map((error) => `strange failure: ${String(error)}`);
  const complain = (text: string) => void problems.push(text);

  for (const runId of seen.runs) if (!(await stores.runs.has(runId))) complain(`run ${runId} is gone`);
  for (const runId of await stores.runs.list()) {
    await stores.runs.get(runId);
    const lease = await stores.leases.acquire(runId, BOB);
    const report = await stores.events.verifyChain(runId);
    if (report.unfinished !== undefined) complain(`run ${runId} still has a torn tail`);
    await stores.history.verify(runId);
    const names = (await collect(stores.events.read(runId))).map(({ name }) => name);
    checkOrder(
      `events of ${runId}`,
      names,
      seen.batches
        .filter((batch) => batch.runId === runId)
        .map(({ names, isPromised }) => ({ items: names, isPromised })),
      complain,
    );
    await stores.events.append(runId, names.length, [event("after")]);
    await lease.release();
  }
  if (await stores.runs.has(RUN)) {
    const history = (await collect(stores.history.read(RUN))) as string[];
    checkOrder(
      "history",
      history,
      seen.history.map(({ entries, isPromised }) => ({ items: entries, isPromised })),
      complain,
    );
    if (!wasPowerCut) await checkStatus(stores, seen, complain);
    const [signed] = (await stores.signatures.list(RUN)).map((signature) => canonicalText(signature));
    const place = seen.signatures.findLastIndex(({ signature }) => canonicalText(signature) === signed);
    const promised = seen.signatures.findLastIndex(({ isPromised }) => isPromised);
    if (place < promised || (place < 0 && signed !== undefined))
      complain(`signed is ${signed}, place ${promised} promised`);
  }
  for (const [text, ref] of seen.artifacts) {
    if (ref === undefined) continue;
    const bytes = Buffer.from(await stores.artifacts.get(ref)).toString();
    if (bytes !== text) complain(`artifact ${text} reads ${bytes}`);
  }
  for (const [bundle, byRun] of seen.publications) {
    const isThere = (await stores.publications.find(bundle)) !== undefined;
    const states = [...byRun.values()];
    const isWrong = isThere ? states.every((state) => state === "withdrawn") : states.includes("published");
    if (isWrong) complain(`bundle ${bundle} was ${states.join(", ")}: ${isThere}`);
  }
  const recorded = (await collect(stores.retention.removals())).map(({ artifact }) => artifact);
  const tried = new Set([...seen.artifacts.keys()].map((text) => `artifact://${sha256(text)}`));
  for (const ref of seen.removed) {
    const isThere = await stores.artifacts.has(ref);
    if (isThere && !wasPowerCut && !tried.has(ref)) complain(`artifact ${ref} was removed, and is there`);
    if (!recorded.includes(ref)) complain(`the removal of ${ref} is not on record`);
  }
  for await (const { ref } of stores.artifacts.list()) await stores.artifacts.get(ref);
  return problems;
}

/** Batches stand whole, in the order tried; promised ones are there; nothing is there that was not tried, or twice. */
function checkOrder(
  what: string,
  found: readonly string[],
  batches: readonly { readonly items: readonly string[]; readonly isPromised: boolean }[],
  complain: (text: string) => void,
): void {
  let at = 0;
  for (const { items, isPromised } of batches) {
    const isThere = items.every((item, index) => found[at + index] === item);
    if (isThere) at += items.length;
    else if (isPromised) complain(`${what}: promised ${items.join(", ")} missing from ${found.join(", ")}`);
  }
  if (at !== found.length) complain(`${what}: unexpected or half a batch from ${found.slice(at).join(", ")}`);
}

/** The last status promised, or a later one. (A power cut may take it, for it can be rebuilt.) */
async function checkStatus(stores: Stores, seen: Witness, complain: (text: string) => void): Promise<void> {
  const status = JSON.stringify(await stores.runs.readStatus(RUN));
  const place = seen.statuses.findLastIndex((value) => JSON.stringify(value) === status);
  if (place < seen.lastStatus)
    complain(`status is ${status}, promised ${JSON.stringify(seen.statuses[seen.lastStatus])}`);
}
