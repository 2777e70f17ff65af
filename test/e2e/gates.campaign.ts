import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lastLine, restep, temporaryFolder } from "./cli.ts";
import { packExample } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const store = join(folder.path, "store");
const TIMEOUT = 60_000;

/** A run that waits at its manual gate. */
async function blockedRun(name: string, gates: Record<string, unknown> = {}) {
  const packed = await packExample(join(folder.path, name.replace(" ", "-")), {
    functions_per_shard: name.length,
    run: { gates: { manual: ["publish"], ...gates } },
  });
  const finished = await restep(["run", packed.manifest, "--store", store, "--json"]);
  return { ...packed, finished };
}

describe("a run with a manual gate", () => {
  it(
    "is blocked, says how to decide, and exits with 3; approved, it goes on to its end",
    async () => {
      const { runId, finished } = await blockedRun("approved");
      expect(finished.code).toBe(3);
      expect(lastLine(finished)).toMatchObject({ state: "blocked", gates: [{ gate: "publish", state: "open" }] });
      expect(finished.stderr).toContain(`approve ${runId} publish`);
      expect(existsSync(join(store, "bundles")) ? readdirSync(join(store, "bundles")) : []).toEqual([]);
      expect(lastLine(await restep(["status", runId, "--store", store, "--json"]))).toMatchObject({ state: "blocked" });

      const told = (await restep(["events", runId, "--store", store, "--json"])).stdout
        .toString()
        .trimEnd()
        .split("\n");
      const opened = told.map((line) => JSON.parse(line)).filter(({ name }) => name === "recomp.gate.opened");
      expect(opened).toMatchObject([{ payload: { gate: "publish", waiting_task: expect.stringMatching(/./) } }]);

      const resumed = await restep(["resume", runId, "--store", store, "--json"]);
      expect(resumed.code, "nobody has decided yet").toBe(3);

      const said = ["--by", "alice", "--reason", "played it through", "--store", store, "--json"];
      const approved = await restep(["approve", runId, "publish", ...said]);
      expect(approved.code).toBe(0);
      expect(lastLine(approved)).toMatchObject({
        state: "succeeded",
        gates: [{ gate: "publish", kind: "manual", state: "approved", by: "alice", reason: "played it through" }],
      });
      const provenance = await restep(["provenance", runId, "--store", store, "--json"]);
      expect(JSON.parse(provenance.stdout.toString())).toMatchObject({
        trail: { decisions: [{ gate: "publish", decision: "approved", by: "alice", reason: "played it through" }] },
      });
      const replayed = await restep(["replay", runId, "--store", store, "--json"]);
      expect(lastLine(replayed)).toMatchObject({ identical: true });
      const again = await restep(["approve", runId, "publish", ...said]);
      expect(again.code).toBe(2);
      expect(again.stderr).toMatch(/waits at no gate; it is succeeded/);
    },
    TIMEOUT,
  );

  it(
    "fails when it is rejected, everything behind the gate skipped",
    async () => {
      const { runId } = await blockedRun("turned down");
      const rejected = await restep([
        ...["reject", runId, "publish", "--by", "bob", "--reason", "wrong region", "--store", store, "--json"],
      ]);
      expect(rejected.code).toBe(1);
      expect(lastLine(rejected)).toMatchObject({
        state: "failed",
        error: "GateRejected",
        cause: expect.stringContaining("wrong region"),
        steps: { skipped: 3 },
      });
      expect((await restep(["verify", runId, "--store", store])).code).toBe(0);
      expect(lastLine(await restep(["replay", runId, "--store", store, "--json"]))).toMatchObject({ identical: true });
    },
    TIMEOUT,
  );

  it(
    "takes a decision only from those the policy names, for the gate it waits at, of the right kind",
    async () => {
      const { runId } = await blockedRun("policy", { approvers: ["alice"] });
      const decide = (verb: string, gate: string, by: string, reason = "because") =>
        restep([verb, runId, gate, "--by", by, "--reason", reason, "--store", store]);
      const refused: [Awaited<ReturnType<typeof decide>>, RegExp][] = [
        [await decide("approve", "publish", "mallory"), /expected one of the approvers alice.*found mallory/],
        [await decide("approve", "validation", "alice"), /expected gate publish.*found validation/],
        [await decide("override", "publish", "alice"), /waits for approval and is not overridden/],
        [await decide("approve", "publish", "alice", "  "), /--reason: expected why/],
        [await decide("approve", "publish", "not a name"), /--by: expected a principal/],
        [await decide("approve", "publish", "alice", `token ghp_${"a1B2".repeat(9)}`), /secret/],
      ];
      for (const [finished, message] of refused) {
        expect(finished.stderr).toMatch(message);
        expect(finished.code).toBe(2);
      }
      const recorded = await restep([
        ...["approve", runId, "publish", "--by", "alice", "--reason", "fine", "--no-resume", "--store", store],
      ]);
      expect(recorded.code).toBe(0);
      expect(lastLine(await restep(["status", runId, "--store", store, "--json"]))).toMatchObject({ state: "running" });
      const resumed = await restep(["resume", runId, "--store", store, "--json"]);
      expect(lastLine(resumed)).toMatchObject({ state: "succeeded" });
    },
    TIMEOUT,
  );
});

describe("a dry run", () => {
  it(
    "does everything but the approval and the publication",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "dry"), {
        run: { skip_tags: ["apply_side_effect"], gates: { manual: ["publish"] } },
      });
      const finished = await restep(["run", manifest, "--store", join(folder.path, "dry-store"), "--json"]);
      expect(finished.code).toBe(0);
      const summary = lastLine(finished) as { stages: { stage: string; state: string; skipped_by?: string }[] };
      expect(summary.stages.filter(({ state }) => state === "skipped")).toEqual([
        expect.objectContaining({ stage: "approve", skipped_by: "apply_side_effect" }),
        expect.objectContaining({ stage: "publish", skipped_by: "apply_side_effect" }),
      ]);
      expect(readdirSync(join(folder.path, "dry-store", "bundles"))).toEqual([]);
      const verified = await restep(["verify", runId, "--store", join(folder.path, "dry-store"), "--json"]);
      expect(lastLine(verified)).toMatchObject({ ok: true });
    },
    TIMEOUT,
  );

  it("that skips what the rest needs is refused when it is packed", async () => {
    await expect(packExample(join(folder.path, "absurd"), { run: { skip_tags: ["compute"] } })).rejects.toThrow(
      /skip tag compute takes out .*; skip both or neither/,
    );
  });
});

/** The dispatch example with a jump table stated wrongly, so that lifted functions disagree with the oracle. */
function disproven(name: string, run: Record<string, unknown>) {
  const entries = Array.from({ length: 5 }, () => "0x4012a0");
  const config = {
    jump_tables: [{ jump: "0x4013e8", address: "0x404000", entries }],
    validation: { random_states: 0, runs: [{ args: ["3 4 + p"] }] },
    run,
  };
  return packExample(join(folder.path, name), config, "examples/dispatch/dispatch-be.elf");
}

describe("a hard gate", () => {
  it(
    "fails the run when it fails, skips what is behind it, and keeps the evidence",
    async () => {
      const { manifest, runId } = await disproven("hard", {});
      const finished = await restep(["run", manifest, "--store", store, "--json"]);
      expect(finished.code).toBe(1);
      const summary = lastLine(finished);
      expect(summary).toMatchObject({
        state: "failed",
        error: "HardGateFailed",
        cause: expect.stringMatching(/functions disagree with the oracle/),
        hard_gate_failures: ["validation"],
        gates: [{ gate: "validation", state: "failed", evidence: expect.stringMatching(/^artifact:/) }],
        steps: { failed: 1, skipped: 5 },
      });
      const decided = await restep([
        ...["override", runId, "validation", "--by", "alice", "--reason", "never mind", "--store", store],
      ]);
      expect(decided.code).toBe(2);
      expect(decided.stderr).toMatch(/waits at no gate; it is failed/);
      expect((await restep(["verify", runId, "--store", store])).code).toBe(0);
    },
    TIMEOUT,
  );

  it(
    "waits where the policy lets a person override it, and says who did and why",
    async () => {
      const { manifest, runId } = await disproven("overridden", { gates: { overridable: ["validation"] } });
      const blocked = await restep(["run", manifest, "--store", store, "--json"]);
      expect(blocked.code).toBe(3);
      expect(blocked.stderr).toContain(`override ${runId} validation`);
      const approved = await restep([
        ...["approve", runId, "validation", "--by", "alice", "--reason", "fine", "--store", store],
      ]);
      expect(approved.stderr).toMatch(/has failed and cannot be approved; override it, or reject it/);
      const overridden = await restep([
        ...["override", runId, "validation", "--by", "alice", "--reason", "only draws the logo", "--store", store],
        "--json",
      ]);
      expect(overridden.code).toBe(0);
      expect(lastLine(overridden)).toMatchObject({ state: "succeeded" });
      const provenance = await restep(["provenance", runId, "--store", store, "--json"]);
      expect(JSON.parse(provenance.stdout.toString())).toMatchObject({
        trail: { decisions: [{ gate: "validation", decision: "overridden", by: "alice" }] },
      });
      expect(lastLine(await restep(["replay", runId, "--store", store, "--json"]))).toMatchObject({ identical: true });
      expect((await restep(["verify", runId, "--store", store])).code).toBe(0);
    },
    TIMEOUT,
  );
});

describe("a child run", () => {
  it(
    "stands in its parent's log, from its start to its end",
    async () => {
      const { runId: parent } = await blockedRun("parent");
      const { manifest, runId: child } = await packExample(join(folder.path, "child"), { functions_per_shard: 40 });
      const finished = await restep(["run", manifest, "--parent", parent, "--store", store, "--json"]);
      expect(finished.code).toBe(0);
      const again = await restep(["run", manifest, "--parent", parent, "--store", store, "--json"]);
      expect(again.code, "an ended child changes nothing").toBe(0);
      const events = (await restep(["events", parent, "--store", store, "--json"])).stdout.toString();
      const told = events.split("\n").filter((line) => line.includes("child_run_"));
      expect(told.map((line) => (JSON.parse(line) as { name: string; payload: unknown }).payload)).toEqual([
        { parent_run_id: parent, child_run_id: child, child_manifest: expect.stringMatching(/^artifact:/) },
        { child_run_id: child, status: "completed" },
      ]);
      expect((await restep(["verify", parent, "--store", store])).code).toBe(0);
      const orphan = await restep(["run", manifest, "--new", "--parent", child, "--store", store]);
      expect(orphan.stderr).toMatch(/expected a run that goes on, found it succeeded/);
      expect(orphan.code).toBe(2);
    },
    TIMEOUT,
  );
});
