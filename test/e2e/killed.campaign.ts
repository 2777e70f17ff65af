import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { restepHere } from "../support/command-line.ts";
import { lastLine, root, start, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const manifest = "examples/sha256/manifest.json";
const runId = (JSON.parse(readFileSync(join(root, manifest), "utf8")) as { run_id: string }).run_id;

describe("a run that is killed half-way", () => {
  it("resumes to the same bundle hash as one that was not, in another folder", async () => {
    const { bundle } = lastLine(await restepHere(["run", manifest, "--store", join(folder.path, "whole"), "--json"]));
    const elsewhere = join(folder.path, "elsewhere");
    mkdirSync(elsewhere);
    cpSync(join(root, "examples/sha256"), elsewhere, { recursive: true });
    const killedStore = join(elsewhere, ".restep");
    const { child, finished } = start(
      "run",
      join(elsewhere, "manifest.json"),
      "--store",
      killedStore,
      "--workers",
      "1",
    );
    child.stderr?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("lift")) child.kill("SIGKILL");
    });
    expect((await finished).signal).toBe("SIGKILL");
    const before = lastLine(await restepHere(["status", runId, "--store", killedStore, "--json"]));
    expect(before.state).toBe("running");
    const resumed = await restepHere(["resume", runId, "--store", killedStore, "--json"]);
    expect(resumed.code).toBe(0);
    expect(lastLine(resumed)).toMatchObject({ state: "succeeded", bundle });
    expect((await restepHere(["verify", runId, "--store", killedStore])).code).toBe(0);
    const log = readFileSync(join(killedStore, "runs", runId, "events.jsonl"), "utf8");
    const completions = log
      .split("\n")
      .filter((line) => line.includes('"state_completed"') && line.includes(".intake.main"));
    expect(completions).toHaveLength(1);
  }, 120_000);
});
