import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type ArtifactId, type ArtifactRef, artifactRef } from "../../../shared/contracts/ids.ts";
import { collectGarbage } from "../../../shared/runs/retention/collect.ts";
import type { RetentionPolicy } from "../../../shared/runs/retention/policy.ts";
import { collect } from "../../../shared/stores/collect.ts";
import { sha256 } from "../../../shared/stores/digest.ts";
import { adapters } from "../../stores/support/adapters.ts";
import type { Harness } from "../../stores/support/harness.ts";
import { oneIn } from "../../support/scale.ts";
import { binary, DAY, HOUR, NOW, naming, runId, type WrittenRun, writeRun } from "./worlds.ts";

vi.setConfig({ testTimeout: 180_000 });

interface Artifact {
  readonly ref: ArtifactRef;
  readonly bytes: Uint8Array;
  /** What it names: nothing, if it is binary. */
  readonly names: readonly ArtifactRef[];
  /** Milliseconds since 1970. */
  readonly lastPut: number;
}

interface World {
  readonly artifacts: readonly Artifact[];
  readonly runs: readonly WrittenRun[];
  readonly policy: RetentionPolicy;
}

/** Mostly near the times at which a policy changes its mind. */
const age = fc.oneof(
  fc.constantFrom(0, 1, HOUR, 24 * HOUR, 24 * HOUR - 1, 7 * DAY, 7 * DAY - 1, 30 * DAY, 30 * DAY - 1),
  fc.integer({ min: 0, max: 100 * DAY }),
);
const picks = (max: number) => fc.array(fc.nat(), { maxLength: max });

const drawnArtifact = fc.record({ isBinary: fc.boolean(), names: picks(3), age });
const drawnRun = fc.record({
  state: fc.constantFrom("queued", "running", "succeeded", "succeeded", "failed", "failed"),
  age,
  manifests: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
  bundle: fc.option(fc.nat(), { nil: undefined }),
  provenance: picks(2),
  facts: picks(2),
  emitted: picks(3),
  history: picks(3),
});
const policy = fc.record({
  keepFailed: fc.constantFrom(0, HOUR, 30 * DAY),
  keepIntermediates: fc.constantFrom(0, HOUR, 7 * DAY),
  grace: fc.constantFrom(0, HOUR, 24 * HOUR),
});

const worlds: fc.Arbitrary<World> = fc
  .record({
    drawn: fc.array(drawnArtifact, { minLength: 1, maxLength: 14 }),
    runs: fc.array(drawnRun, { maxLength: 4 }),
    policy,
  })
  .map(({ drawn, runs, policy }) => {
    const artifacts: Artifact[] = [];
    // An artifact can only name those that were there before it, for their hashes are in it.
    for (const [n, { isBinary, names, age }] of drawn.entries()) {
      const named = n === 0 ? [] : names.map((pick) => artifacts[pick % n]!.ref);
      const bytes = (isBinary ? binary : naming)(`number ${n}`, ...named);
      const ref = artifactRef(sha256(bytes) as ArtifactId);
      artifacts.push({ ref, bytes, names: isBinary ? [] : named, lastPut: NOW - age });
    }
    const refOf = (pick: number) => artifacts[pick % artifacts.length]!.ref;
    const written = runs.map(({ state, age, manifests, bundle, ...lists }, n): WrittenRun => {
      const [module, config, provenance] = manifests.map(refOf) as [ArtifactRef, ArtifactRef, ArtifactRef];
      return {
        id: runId(n),
        state: state as WrittenRun["state"],
        at: NOW - age,
        manifests: [module, config, provenance],
        ...(bundle === undefined ? {} : { bundle: refOf(bundle) }),
        provenance: lists.provenance.map(refOf),
        facts: lists.facts.map(refOf),
        emitted: lists.emitted.map(refOf),
        history: lists.history.map(refOf),
      };
    });
    return { artifacts, runs: written, policy };
  });

/** What the rules say must stay, worked out the long way round: artifact by artifact. */
function expectedToStay({ artifacts, runs, policy }: World): ArtifactRef[] {
  const names = (from: ArtifactRef) => artifacts.find(({ ref }) => ref === from)!.names;
  const leadsTo = (from: ArtifactRef, to: ArtifactRef): boolean =>
    from === to || names(from).some((next) => leadsTo(next, to));
  const isWanted = (ref: ArtifactRef, run: WrittenRun): boolean => {
    const { state, at, manifests, bundle, provenance = [], facts = [], emitted = [], history = [] } = run;
    const bundles = bundle === undefined ? [] : [bundle];
    const tellsNothing = state === "queued";
    const all = tellsNothing ? manifests : [...manifests, ...bundles, ...provenance, ...facts, ...emitted, ...history];
    const refersTo = all.some((root) => leadsTo(root, ref));
    if (state === "queued" || state === "running") return refersTo;
    const isRecent = NOW - at < (state === "failed" ? policy.keepFailed : policy.keepIntermediates);
    if (isRecent) return refersTo;
    if (state === "failed") return manifests.includes(ref);
    const isNamed = (from: ArtifactRef) => names(from).includes(ref);
    return (
      [...manifests, ...bundles, ...provenance, ...facts].includes(ref) ||
      [...manifests, ...bundles].some(isNamed) ||
      manifests.some((manifest) => names(manifest).some(isNamed))
    );
  };
  return artifacts
    .filter(({ ref, lastPut }) => {
      const isFresh = lastPut >= NOW || NOW - lastPut < policy.grace;
      return isFresh || runs.some((run) => isWanted(ref, run));
    })
    .map(({ ref }) => ref);
}

async function build(harness: Harness, { artifacts, runs }: World): Promise<void> {
  const writer = await harness.open();
  for (const { bytes, lastPut } of artifacts.toSorted((a, b) => a.lastPut - b.lastPut)) {
    writer.clock.advance(lastPut - writer.clock.now());
    await writer.artifacts.put("other", bytes);
  }
  for (const run of runs) await writeRun(writer, run);
  await writer.close();
}

describe.each(adapters.filter(({ name }) => !name.includes("this machine")))("in any store in $name", (adapter) => {
  it("exactly what the rules keep stays, and nothing goes the second time", async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const harness = await adapter.start();
        await build(harness, world);
        const client = await harness.open();
        client.clock.advance(NOW - client.clock.now());
        const gc = (isDryRun: boolean) =>
          collectGarbage(client, { policy: world.policy, isDryRun, clock: client.clock });

        const foreseen = await gc(true);
        const done = await gc(false);
        expect(done.removed).toEqual(foreseen.removed);
        expect(done.problems).toEqual([]);

        const stay = expectedToStay(world).toSorted();
        const stayed = await collect(client.retention.artifacts());
        expect(stayed.map(({ ref }) => ref)).toEqual(stay);
        const counts = Object.values(done.kept).reduce((sum, { count }) => sum + count, 0);
        expect(counts).toBe(stay.length);
        expect(counts + done.removed.length).toBe(world.artifacts.length);
        for (const { id } of world.runs) await client.events.verifyChain(id);

        expect((await gc(false)).removed).toEqual([]);
        await harness.dispose();
      }),
      { numRuns: (adapter.name === "memory" ? 500 : 100) / oneIn(5) },
    );
  });
});
