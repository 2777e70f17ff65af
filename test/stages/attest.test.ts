import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { type BuildProvenance, ProvenanceDocument, SlsaStatement } from "../../shared/contracts/provenance.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import type { Transports } from "../../shared/kernel/io/transports.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { attest } from "../../shared/stages/attest.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { canonicalBytes, sha256 } from "../../shared/stores/digest.ts";
import type { ArtifactStore } from "../../shared/stores/ports.ts";
import {
  CHILD_ID,
  compensated,
  complete,
  decided,
  enter,
  fact,
  fail,
  gateFailed,
  gateOpened,
  overridden,
  type Row,
  RUN_ID,
  ref,
  started,
  state,
  through,
} from "../kernel/run/events.ts";
import { createTestRun, type TestRun, type TestRunOptions } from "../kernel/support.ts";
import { binary, putExample, submission } from "./example.ts";
import { putBundle } from "./support.ts";

const attesting = attest as unknown as Stage;
/** A run in which everything happened that a provenance can tell of. */
const EVENTFUL: readonly Row[] = [
  started(
    ["intake", "lift.shard", "validation_gate", "override", "package", "approve", "publish", "attest", "complete"],
    {
      publish: "apply_side_effect",
    },
  ),
  ...through("intake"),
  enter("lift.shard_0"),
  enter("lift.shard_1"),
  fact("lift.shard_1/clock/now", 20),
  fail("lift.shard_1"),
  complete("lift.shard_0"),
  enter("lift.shard_1", 1),
  enter("lift.shard_1", 1),
  complete("lift.shard_1", 1),
  enter("validation_gate"),
  gateFailed("validation"),
  complete("validation_gate"),
  ...through("override"),
  gateOpened("validation", "override"),
  overridden("validation"),
  ...through("package", "approve"),
  gateOpened("publish", "manual"),
  decided("publish", "approved"),
];

const BUILD: BuildProvenance = {
  restep_version: "1.2.3",
  git_commit: "c".repeat(40),
  lockfile_sha256: "d".repeat(64),
  state_machine_sha256: "e".repeat(64),
  node_version: "v20.0.0",
  platform: "linux",
  architecture: "x64",
  environment: { LANG: "C" },
};

const exec = (stdout: unknown, exit_status = 0): Transports["exec"] => {
  return async () => ({ exit_status, stdout, stderr: "", program_sha256: "f".repeat(64), environment: {} });
};
const clock: Transports["clock"] = async () => ({ now: "2026-01-03T00:00:00.000Z" });
const TOOLS = {
  exec: { allow: [{ name: "wabt", program: "/usr/bin/wabt" }] },
  tools: [{ program: "wabt", args: ["--version"] }],
};

async function setUp({
  transports = { exec: exec("wabt 1.0\n"), clock },
  ...options
}: TestRunOptions & { transports?: Transports } = {}) {
  const run = await createTestRun({
    flow: RECOMPILE,
    begun: EVENTFUL,
    config: TOOLS,
    world: { build: async () => BUILD, io: { mode: "live", transports: () => transports } },
    ...options,
  });
  await putExample(run.stores.artifacts);
  const { bundle, index } = await putBundle(run.stores.artifacts);
  return {
    run,
    bundle,
    index,
    attest: (change = {}) =>
      run.attempt(attesting, { submission, bundle }, change) as Promise<{
        provenance: ArtifactRef;
        attestation: ArtifactRef;
      }>,
  };
}

async function documentsOf(
  run: TestRun,
  { provenance, attestation }: { provenance: ArtifactRef; attestation: ArtifactRef },
) {
  return {
    document: ProvenanceDocument.parse(await run.document(provenance)),
    statement: SlsaStatement.parse(await run.document(attestation)),
  };
}

describe("a run's provenance", () => {
  it("names the bundle, who asked for it, the manifests, the source and the binary", async () => {
    const { run, attest: act, bundle } = await setUp();
    const { document } = await documentsOf(run, await act());
    const { module_manifest, config_manifest, provenance_manifest } = submission;
    expect(document).toMatchObject({
      run_id: RUN_ID,
      requested_by: "alice",
      issued_at: "2026-01-03T00:00:00.000Z",
      bundle,
      module_manifest,
      config_manifest,
      provenance_manifest,
      skip_tags: [],
      build: BUILD,
      tools: [{ name: "wabt", version: "wabt 1.0", program_sha256: "f".repeat(64) }],
    });
    expect(await run.document(document.submission)).toEqual(submission);
    expect(document.source).toEqual(await run.document(provenance_manifest));
    const [input] = document.inputs;
    expect(input).toMatchObject({ role: "binary", size: binary.length });
    expect(Buffer.from(await run.stores.artifacts.get(input!.artifact))).toEqual(Buffer.from(binary));
  });

  it("names every file of the bundle, with its size", async () => {
    const { run, attest: act, index } = await setUp();
    const { document } = await documentsOf(run, await act());
    expect(document.outputs).toEqual(index.files.map(({ path, artifact, size }) => ({ path, artifact, size })));
  });

  it("names every state that completed, with its attempts and both snapshots, and those that were skipped", async () => {
    const { run, attest: act } = await setUp();
    const { document } = await documentsOf(run, await act());
    const { steps, skipped, failed_attempts, escalations } = document.trail;
    const known = [...(await run.record()).steps.values()].filter((step) => {
      return step.state === "succeeded" && step.stateId !== state("attest");
    });
    expect(steps.map(({ state_id }) => state_id).sort()).toEqual(known.map(({ stateId }) => stateId).sort());
    expect(steps).toHaveLength(7);
    expect(steps.find(({ state_id }) => state_id === state("lift.shard_1"))).toEqual({
      state_id: state("lift.shard_1"),
      attempts: 3,
      base_snapshot: ref(3),
      snapshot: ref(4),
    });
    expect(skipped).toEqual([{ state_id: state("publish"), by: "apply_side_effect" }]);
    // One that failed, and one that a dead process left behind.
    expect(failed_attempts).toBe(2);
    expect(escalations).toBe(0);
  });

  it("names every decision: who, why, on what and on which evidence", async () => {
    const { run, attest: act } = await setUp();
    const { document } = await documentsOf(run, await act());
    expect(document.trail.decisions).toEqual([
      {
        gate: "validation",
        decision: "overridden",
        by: "alice",
        reason: "only the logo",
        subject: ref(6),
        evidence: ref(7),
        decided_at: expect.stringMatching(/^2026-/),
      },
      {
        gate: "publish",
        decision: "approved",
        by: "alice",
        reason: "played through",
        subject: ref(6),
        decided_at: expect.stringMatching(/^2026-/),
      },
    ]);
  });

  it("names every fact that was on record, and where the log stood", async () => {
    const { run, attest: act } = await setUp();
    const { document } = await documentsOf(run, await act());
    const { facts, events: at } = document.trail;
    const events = await run.events();
    const before = events.slice(0, at.count).filter(({ name }) => name === "fact_recorded");
    expect(facts.map(({ key, payload }) => [key, payload])).toEqual(
      before.map(({ payload: { key }, payload_ref }) => [key, payload_ref]),
    );
    expect(facts.map(({ key }) => key)).toEqual([
      "lift.shard_1/clock/now",
      "attest/value/build",
      "attest/exec/tool.wabt",
    ]);
    // The next line carries the hash of the last one that the trail counts.
    expect(events[at.count]?.prev).toBe(at.head_sha256);
    expect(events[at.count]).toMatchObject({ name: "fact_recorded", payload: { key: "attest/value/trail" } });
  });

  it("says with which start and which plan it began", async () => {
    const { run, attest: act } = await setUp();
    const { document } = await documentsOf(run, await act());
    const [start] = await run.events();
    expect(document.trail).toMatchObject({ started_at: start?.ts, plan: ref(2) });
  });

  it("is named in the log, as is the statement", async () => {
    const { run, attest: act } = await setUp();
    const { provenance, attestation } = await act();
    const { roles, artifacts } = await run.record();
    expect([roles.get("provenance"), roles.get("attestation")]).toEqual([provenance, attestation]);
    expect(artifacts).toEqual(new Set([provenance, attestation]));
  });

  it("is the same from a second attempt, though the log has grown: what it says was recorded by the first", async () => {
    let isAway = true;
    const first = await setUp();
    const { run } = first;
    const { put } = run.world.artifacts;
    const failing: ArtifactStore["put"] = (kind, bytes) =>
      isAway && kind === "output" ? Promise.reject(new TransientIo("the disk is away")) : put(kind, bytes);
    Object.assign(run.world, { artifacts: { ...run.world.artifacts, put: failing } });
    await expect(first.attest()).rejects.toThrow("the disk is away");
    isAway = false;
    const { document } = await documentsOf(run, await first.attest({ attempt: 1 }));
    const trails = (await run.record()).facts.filter(({ key }) => key === "attest/value/trail");
    expect(trails).toHaveLength(1);
    const second = (await run.events()).findLast(({ name }) => name === "state_entered");
    expect(second?.attempt).toBe(1);
    expect(document.trail.events.count).toBeLessThan(second?.seq ?? 0);
  });

  it("is the same in a replay, byte for byte, with nothing asked of the machine it replays on", async () => {
    const { run, attest: act } = await setUp();
    const recorded = await act();
    const { facts } = await run.record();
    const elsewhere = await setUp({
      world: {
        io: { mode: "replay", facts },
        build: () => Promise.reject(new Error("another machine")),
        clock: { now: () => new Date(0) },
      },
    });
    for (const { payload } of facts.filter(({ key }) => key.startsWith("attest/"))) {
      await elsewhere.run.stores.artifacts.put("fact_payload", await run.stores.artifacts.get(payload));
    }
    expect(await elsewhere.attest()).toEqual(recorded);
  });

  it("leaves out what a build does not know", async () => {
    const { git_commit: _commit, lockfile_sha256: _lockfile, ...unknown } = BUILD;
    const { run, attest: act } = await setUp({
      world: { build: async () => unknown, io: { mode: "live", transports: () => ({ clock }) } },
      config: {},
    });
    const { document, statement } = await documentsOf(run, await act());
    expect(document.build).toEqual({ ...unknown, capabilities_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(document.tools).toEqual([]);
    const names = statement.predicate.buildDefinition.resolvedDependencies.map(({ name }) => name);
    expect(names).not.toContain("package-lock.json");
  });

  it("shows what a tool prints as bytes, where it is no text", async () => {
    const { run, attest: act } = await setUp({ transports: { exec: exec({ base64: "/w==" }), clock } });
    const { document } = await documentsOf(run, await act());
    expect(document.tools[0]?.version).toBe("base64:/w==");
  });

  it("quotes the whole command of a tool that fails", async () => {
    const config = { ...TOOLS, tools: [{ program: "wabt", args: ["--version", "--long"] }] };
    const { attest: act } = await setUp({ config, transports: { exec: exec("", 1), clock } });
    await expect(act()).rejects.toThrow("field run.tools: wabt --version --long: expected exit status 0, found 1");
  });

  it.each([1, null])("is not written where a tool fails with status %s", async (status) => {
    const { attest: act, run } = await setUp({ transports: { exec: exec("", status as number), clock } });
    await expect(act()).rejects.toThrow(
      `config manifest: field run.tools: wabt --version: expected exit status 0, found ${status}`,
    );
    expect((await run.record()).roles.has("provenance")).toBe(false);
  });
});

describe("the in-toto statement", () => {
  it("has the digests of the bundle's files, and of its index, as its subject", async () => {
    const { run, attest: act, index, bundle } = await setUp();
    const { statement } = await documentsOf(run, await act());
    expect(statement).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      predicateType: "https://slsa.dev/provenance/v1",
    });
    const digestOf = async (artifact: ArtifactRef) => sha256(await run.stores.artifacts.get(artifact));
    const expected = await Promise.all(
      [{ path: "bundle.json", artifact: bundle }, ...index.files].map(async ({ path, artifact }) => ({
        name: path,
        digest: { sha256: await digestOf(artifact) },
      })),
    );
    expect(statement.subject).toEqual(expected);
    expect(statement.subject.map(({ name }) => name)).toEqual([
      "bundle.json",
      "functions.json",
      "module.wasm",
      "validation.json",
    ]);
  });

  it("depends on the binary, the manifests, the state machine, the packages and the tools", async () => {
    const { run, attest: act } = await setUp();
    const { document, statement } = await documentsOf(run, await act());
    const found = statement.predicate.buildDefinition.resolvedDependencies.map(({ name, digest }) => [
      name,
      digest.sha256,
    ]);
    const digits = (artifact: string) => artifact.slice("artifact://".length);
    expect(found).toEqual([
      ["binary", sha256(binary)],
      ["module_manifest", digits(submission.module_manifest)],
      ["config_manifest", digits(submission.config_manifest)],
      ["provenance_manifest", digits(submission.provenance_manifest)],
      ["run-lifecycle.asl.json", BUILD.state_machine_sha256],
      ["package-lock.json", BUILD.lockfile_sha256],
      ["wabt", document.tools[0]?.program_sha256],
    ]);
  });

  it("names run, builder and times, and the provenance and every fact as byproducts", async () => {
    const { run, attest: act } = await setUp();
    const made = await act();
    const { document, statement } = await documentsOf(run, made);
    const { builder, metadata, byproducts } = statement.predicate.runDetails;
    expect(builder.version).toEqual({
      restep: "1.2.3",
      node: "v20.0.0",
      platform: "linux-x64",
      git_commit: "c".repeat(40),
    });
    expect(metadata).toEqual({
      invocationId: RUN_ID,
      startedOn: document.trail.started_at,
      finishedOn: document.issued_at,
    });
    expect(byproducts.map(({ name, uri }) => [name, uri])).toEqual([
      ["provenance.json", made.provenance],
      ["plan.json", document.trail.plan],
      ...document.trail.facts.map(({ key, payload }) => [key, payload]),
    ]);
    for (const { uri, digest } of byproducts) expect(uri).toBe(`artifact://${digest.sha256}`);
  });
});

describe("the trail of a run", () => {
  it("names the run that it goes on from, and what was reused of it, and neither where there is none", async () => {
    const reusable = canonicalBytes({
      schema_version: 1,
      kind: "restep.reusable_states",
      run_id: CHILD_ID,
      op_id: "recompile",
      op_version: "3",
      state_machine_sha256: "b".repeat(64),
      states: [],
    });
    const from = {
      run_id: CHILD_ID,
      state_id: state("package"),
      goes_on: "behind",
      reusable: `artifact://${sha256(reusable)}`,
    };
    const begun = [
      started(["intake", "package", "attest"]),
      { name: "recomp.run.requested", payload: { op_id: "recompile", resumed_from: from } },
      ...through("intake"),
      enter("package"),
      { ...complete("package"), payload: { ...complete("package").payload, reused_from: CHILD_ID } },
    ];
    const { run, attest: act } = await setUp({ begun });
    await run.stores.artifacts.put("output", reusable);
    const { document, statement } = await documentsOf(run, await act());
    expect(document.trail.resumed_from).toEqual(from);
    expect(statement.predicate.buildDefinition.internalParameters).toMatchObject({ resumed_from: from });
    expect(document.trail.steps).toEqual([
      { state_id: state("intake"), attempts: 1, base_snapshot: ref(3), snapshot: ref(4) },
      { state_id: state("package"), attempts: 1, base_snapshot: ref(3), snapshot: ref(4), reused_from: CHILD_ID },
    ]);
    const first = await setUp();
    const own = await documentsOf(first.run, await first.attest());
    expect(own.document.trail).not.toHaveProperty("resumed_from");
    expect(own.statement.predicate.buildDefinition.internalParameters).not.toHaveProperty("resumed_from");
  });

  it("does not count as completed what was taken back, nor as a decision what was rejected", async () => {
    const begun = [
      started(["intake", "package", "publish", "attest"]),
      ...through("intake", "package", "publish"),
      compensated("publish"),
      gateOpened("publish", "manual"),
      decided("publish", "rejected"),
    ];
    const { run, attest: act } = await setUp({ begun });
    const { document } = await documentsOf(run, await act());
    expect(document.trail.steps.map(({ state_id }) => state_id)).toEqual([state("intake"), state("package")]);
    expect(document.trail.decisions).toEqual([]);
  });
});
