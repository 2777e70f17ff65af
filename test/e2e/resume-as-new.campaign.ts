import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, restep, start, temporaryFolder } from "./cli.ts";
import { packExample } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const store = join(folder.path, "store");
const TIMEOUT = 120_000;
const FAST = { random_states: 2, captured_states: 1, require: { conclusive: "none" } };

/** The command under which the store is the one of these tests. */
const inStore = (...args: string[]) => restep([...args, "--store", store, "--json"]);

/** A config with a tool that the last stages ask for its version, and that fails until it is repaired. */
function withTool(name: string, gates: object = {}) {
  const program = join(folder.path, `${name}.sh`);
  const repaired = join(folder.path, `${name}.repaired`);
  writeFileSync(program, `#!/bin/sh\n[ -f ${repaired} ] || exit 7\necho tool 1.0\n`);
  chmodSync(program, 0o755);
  const tool = { exec: { allow: [{ name: "tool", program }] }, tools: [{ program: "tool", args: ["--version"] }] };
  return {
    config: { functions_per_shard: 12, validation: FAST, run: { ...tool, gates } },
    repair: () => writeFileSync(repaired, ""),
  };
}

const stageOf = (summary: Record<string, unknown>, stage: string) =>
  (summary.stages as { stage: string; state: string; reused?: number }[]).find((each) => each.stage === stage);

describe("a run that failed in a late stage", () => {
  const { config, repair } = withTool("late");
  let failedId = "";
  let whole: Record<string, unknown> = {};
  beforeAll(async () => {
    const { manifest, runId } = await packExample(join(folder.path, "late"), config);
    failedId = runId;
    const failed = await restep(["run", manifest, "--store", store]);
    expect(failed.code).toBe(2);
    // It says what to type.
    expect(failed.stderr.trimEnd().split("\n").at(-1)).toBe(
      `Once its cause is gone, go on from there as a new run: npm run -s restep -- resume ${runId} --new --store ${store}`,
    );
    repair();
    whole = lastLine(await inStore("run", manifest, "--new"));
    expect(whole).toMatchObject({ state: "succeeded" });
  }, TIMEOUT);

  it(
    "is gone on from to the bundle of a run that never failed, without its work being done again",
    async () => {
      const resumed = await restep(["resume", failedId, "--new", "--store", store]);
      expect(resumed.code).toBe(0);
      expect(resumed.stderr).toMatch(
        new RegExp(
          `^Run \\S+ goes on from run ${failedId}, behind verify_artifacts; 11 of its states can be reused\\.$`,
          "m",
        ),
      );
      expect(resumed.stderr).toMatch(new RegExp(`^✓ lift 2/2 .* reused from run ${failedId}$`, "m"));
      expect(resumed.stderr).toMatch(/^✓ attest +\d+ m?s$/m);
      expect(resumed.stdout.toString()).toContain(`Goes on from run ${failedId}, behind verify_artifacts\n`);
      expect(resumed.stdout.toString()).toMatch(/^ {2}✓ validate 2\/2 .*, reused$/m);
      const summary = lastLine(await inStore("summary", "latest"));
      expect(summary).toMatchObject({
        state: "succeeded",
        bundle: whole.bundle,
        is_published: true,
        resumed_from: { run_id: failedId, state_id: "run_lifecycle.verify_artifacts.main", goes_on: "behind" },
      });
      expect(stageOf(summary, "lift")).toMatchObject({ state: "succeeded", reused: 2 });
      expect(stageOf(summary, "publish")).not.toHaveProperty("reused");
      // The one that failed stands as it was.
      expect(lastLine(await inStore("summary", failedId))).toMatchObject({ state: "failed", rolled_back: true });
    },
    TIMEOUT,
  );

  it(
    "verifies with the one that goes on from it, which is replayed to the same though nothing is reused then",
    async () => {
      const resumed = lastLine(await inStore("resume", failedId, "--new"));
      const id = String(resumed.run_id);
      for (const each of [id, failedId])
        expect(lastLine(await inStore("verify", each))).toMatchObject({ problems: [] });
      expect(lastLine(await inStore("replay", id))).toMatchObject({ identical: true, run_id: id });
      const provenance = JSON.parse((await inStore("provenance", id)).stdout.toString());
      expect(provenance.trail.resumed_from).toMatchObject({ run_id: failedId });
      const done = Object.fromEntries(
        provenance.trail.steps.map((step: { state_id: string; reused_from?: string }) => [
          step.state_id,
          step.reused_from,
        ]),
      );
      expect(done["run_lifecycle.link.main"]).toBe(failedId);
      expect(done["run_lifecycle.publish.main"]).toBeUndefined();
    },
    TIMEOUT,
  );

  it(
    "is gone on from at the step that is named",
    async () => {
      const resumed = lastLine(await inStore("resume", failedId, "--new", "--from", "link"));
      expect(resumed).toMatchObject({ state: "succeeded", bundle: whole.bundle, resumed_from: { goes_on: "at" } });
      expect(stageOf(resumed, "lift")).toMatchObject({ reused: 2 });
      expect(stageOf(resumed, "link")).not.toHaveProperty("reused");
      const unknown = await inStore("resume", failedId, "--new", "--from", "complete");
      expect(unknown.code).toBe(2);
      expect(unknown.stderr).toContain("expected one that the run has entered (intake, plan, lift, link, validate,");
    },
    TIMEOUT,
  );

  it(
    "may go with retention: the one that goes on from it stays whole",
    async () => {
      const resumed = lastLine(await inStore("resume", failedId, "--new"));
      const collected = await inStore("gc", "--keep-failed", "0", "--grace", "0");
      expect(collected.code).toBe(0);
      expect((lastLine(collected).removed as unknown[]).length).toBeGreaterThan(0);
      expect(lastLine(await inStore("verify", String(resumed.run_id)))).toMatchObject({ problems: [] });
      const gone = await inStore("resume", failedId, "--new");
      // Its binary is an input of the others too, so there is something to begin with.
      expect(lastLine(gone)).toMatchObject({ state: "succeeded", bundle: whole.bundle });
    },
    TIMEOUT,
  );
});

describe("a decision at a gate", () => {
  it(
    "that was no is asked for again",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "rejected"), {
        functions_per_shard: 13,
        validation: FAST,
        run: { gates: { manual: ["publish"] } },
      });
      expect((await inStore("run", manifest)).code).toBe(3);
      const reject = await inStore("reject", runId, "publish", "--by", "alice", "--reason", "not yet");
      expect(reject.code).toBe(1);
      const resumed = await inStore("resume", runId, "--new");
      expect(resumed.code).toBe(3);
      const { run_id: id } = lastLine(resumed);
      expect(lastLine(resumed)).toMatchObject({ state: "blocked", resumed_from: { run_id: runId, goes_on: "behind" } });
      const approved = await inStore("approve", String(id), "publish", "--by", "bob", "--reason", "now");
      expect(lastLine(approved)).toMatchObject({ state: "succeeded", gates: [{ gate: "publish", by: "bob" }] });
      expect(lastLine(await inStore("verify", String(id)))).toMatchObject({ problems: [] });
    },
    TIMEOUT,
  );

  it(
    "that was yes, before the step where the run goes on, stands",
    async () => {
      const { config, repair } = withTool("approved", { manual: ["publish"] });
      const { manifest, runId } = await packExample(join(folder.path, "approved"), config);
      expect((await inStore("run", manifest)).code).toBe(3);
      const key = join(folder.path, "alice.key");
      const basis = `key:${(await restep(["keys", "new", key])).stdout.toString().trim()}`;
      const approve = ["approve", runId, "publish", "--by", "alice", "--reason", "fine", "--key", key];
      expect((await inStore(...approve)).code).toBe(2);
      repair();
      const resumed = lastLine(await inStore("resume", runId, "--new", "--from", "attest"));
      expect(resumed).toMatchObject({
        state: "succeeded",
        gates: [{ gate: "publish", state: "approved", by: "alice", reason: "fine", basis }],
      });
      const id = String(resumed.run_id);
      expect((await inStore("sign", id, "--key", key)).code).toBe(0);
      expect(lastLine(await inStore("verify", id, "--key", `${key}.pub`))).toMatchObject({
        problems: [],
        decided: [{ basis, is_named: true }],
      });
      expect(lastLine(await inStore("replay", id))).toMatchObject({ identical: true });
    },
    TIMEOUT,
  );
});

describe("a run that was cancelled under way", () => {
  it(
    "is gone on from, also by a run that is killed on the way and resumed",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "cancelled"), {
        functions_per_shard: 4,
        validation: { random_states: 1_024 },
      });
      const until = (run: ReturnType<typeof start>, text: string) =>
        new Promise<void>((resolve) => {
          run.child.stderr?.on("data", (chunk: Buffer) => {
            if (chunk.toString().includes(text)) resolve();
          });
        });
      const run = start("run", manifest, "--store", store, "--workers", "1", "--on-signal", "cancel");
      await until(run, "link");
      run.child.kill("SIGINT");
      expect((await run.finished).code).toBe(4);
      const resumed = start("resume", runId, "--new", "--store", store, "--workers", "1");
      await until(resumed, "✓ link");
      resumed.child.kill("SIGKILL");
      expect((await resumed.finished).signal).toBe("SIGKILL");
      const [, id = ""] = /^Run (\S+) goes on from run/m.exec((await resumed.finished).stderr) ?? [];
      const ended = lastLine(await inStore("resume", id));
      expect(ended).toMatchObject({ state: "succeeded", resumed_from: { run_id: runId } });
      expect(stageOf(ended, "link")).toMatchObject({ reused: 1 });
      expect(lastLine(await inStore("verify", id))).toMatchObject({ problems: [] });
      const whole = lastLine(await inStore("run", manifest, "--new"));
      expect(ended.bundle).toBe(whole.bundle);
    },
    TIMEOUT,
  );
});

describe("what cannot be gone on from is said in a sentence", () => {
  it(
    "a run that succeeded, a step without --new",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "fine"), {
        functions_per_shard: 14,
        validation: FAST,
      });
      expect((await inStore("run", manifest)).code).toBe(0);
      const succeeded = await restep(["resume", runId, "--new", "--store", store]);
      expect(succeeded.code).toBe(2);
      expect(succeeded.stderr).toContain(
        "expected a run that failed or was cancelled, found it succeeded; there is nothing",
      );
      const alone = await restep(["resume", runId, "--from", "link", "--store", store]);
      expect(alone.code).toBe(2);
      expect(alone.stderr).toContain("--from: expected --new beside it");
    },
    TIMEOUT,
  );
});
