import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { restepHere } from "../support/command-line.ts";
import { lastLine, restep, root, start, temporaryFolder } from "./cli.ts";
import { packExit } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const store = join(folder.path, "store");
const manifest = "examples/sha256/manifest.json";
const runId = (JSON.parse(readFileSync(join(root, manifest), "utf8")) as { run_id: string }).run_id;

const TIMEOUT = 120_000;

describe("a newcomer's first run", () => {
  it(
    "recompiles the example, tests every function and publishes a bundle",
    async () => {
      const finished = await restep(["run", manifest, "--store", store, "--json"]);
      expect(finished.stderr).toMatch(/✓ lift 1\/1 .*\d+ lifted, 0 not lifted/);
      expect(finished.stderr).toMatch(/✓ validation_gate .*0 disproven, 0 untested/);
      expect(finished.code).toBe(0);
      expect(lastLine(finished)).toMatchObject({
        run_id: runId,
        state: "succeeded",
        bundle: expect.stringMatching(/^artifact:\/\/[0-9a-f]{64}$/),
      });
    },
    TIMEOUT,
  );

  it("runs the recompiled program on standard input", async () => {
    const input = Buffer.from("a".repeat(100_000));
    const finished = await restep(["exec", runId, "--store", store], input);
    expect(finished.stdout.toString()).toBe(`${createHash("sha256").update(input).digest("hex")}  -\n`);
    expect(finished.code).toBe(0);
  });

  it("runs it on files, with the program's own exit status", async () => {
    const digest = createHash("sha256")
      .update(readFileSync(join(root, "LICENSE")))
      .digest("hex");
    const finished = await restep(["exec", runId, "--store", store, "--", "LICENSE", "no-such-file"]);
    expect(finished.stdout.toString()).toBe(`${digest}  LICENSE\n`);
    expect(finished.stderr).toContain("no-such-file");
    expect(finished.code).toBe(1);
  });

  it("runs a bundle by its hash too", async () => {
    const { bundle } = lastLine(await restepHere(["summary", runId, "--store", store, "--json"])) as { bundle: string };
    const finished = await restep(["exec", bundle, "--store", store], "abc");
    expect(finished.stdout.toString()).toBe(`${createHash("sha256").update("abc").digest("hex")}  -\n`);
  });

  it("shows the run it names when the manifest is submitted again, without doing anything twice", async () => {
    const before = readFileSync(join(store, "runs", runId, "events.jsonl"), "utf8");
    const finished = await restepHere(["run", manifest, "--store", store, "--json"]);
    expect(lastLine(finished)).toMatchObject({ run_id: runId, state: "succeeded" });
    expect(finished.stderr).toContain("submitted before");
    expect(readFileSync(join(store, "runs", runId, "events.jsonl"), "utf8")).toBe(before);
  });

  it(
    "gives the same bundle under a fresh id",
    async () => {
      const first = lastLine(await restepHere(["summary", runId, "--store", store, "--json"]));
      const finished = await restepHere(["run", manifest, "--store", store, "--new", "--json"]);
      expect(lastLine(finished).run_id).not.toBe(runId);
      expect(lastLine(finished).bundle).toBe(first.bundle);
    },
    TIMEOUT,
  );

  it("verifies, and tells status, events and summary", async () => {
    const verified = await restepHere(["verify", runId, "--store", store, "--json"]);
    expect(lastLine(verified)).toMatchObject({ ok: true, problems: [] });
    expect(verified.code).toBe(0);
    const status = lastLine(await restepHere(["status", runId, "--store", store, "--json"]));
    expect(status).toMatchObject({
      run_id: runId,
      state: "succeeded",
      current_stage: "complete",
      task_lane: "general",
    });
    const tail = await restepHere(["events", runId, "--store", store, "--tail", "3", "--json"]);
    const events = tail.stdout
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string });
    expect(events).toHaveLength(3);
    expect(events.at(-1)?.name).toBe("run_completed");
    const followed = await restepHere(["events", runId, "--store", store, "--follow"]);
    expect(followed.stdout.toString()).toContain("run_completed");
    expect((await restepHere(["summary", runId, "--store", store])).stdout.toString()).toContain(
      `Run ${runId}: succeeded`,
    );
  });

  it("publishes the bundle as files that its index describes", async () => {
    const { bundle } = lastLine(await restepHere(["summary", runId, "--store", store, "--json"])) as { bundle: string };
    const published = join(store, "bundles", bundle.slice("artifact://".length));
    expect(readdirSync(published).sort()).toEqual(["bundle.json", "functions.json", "module.wasm", "validation.json"]);
    const index = JSON.parse(readFileSync(join(published, "bundle.json"), "utf8")) as {
      files: { path: string; artifact: string; size: number }[];
    };
    for (const { path, artifact, size } of index.files) {
      const bytes = readFileSync(join(published, path));
      expect(`artifact://${createHash("sha256").update(bytes).digest("hex")}`).toBe(artifact);
      expect(bytes.length).toBe(size);
    }
  });

  it("finds a changed byte in an artifact", async () => {
    const copy = join(folder.path, "damaged");
    cpSync(store, copy, { recursive: true });
    const victim = largestFile(join(copy, "artifacts"));
    const bytes = readFileSync(victim);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(victim, bytes);
    const verified = await restepHere(["verify", runId, "--store", copy, "--json"]);
    expect(verified.code).toBe(1);
    expect(lastLine(verified)).toMatchObject({ ok: false });
  });
});

describe("a run that is interrupted", () => {
  it(
    "leaves a resumable run on Ctrl-C, and exits with 130",
    async () => {
      const interruptedStore = join(folder.path, "interrupted");
      const id = "7a000000-0000-4000-8000-000000000001";
      const small = await packExit(join(folder.path, "exit"), id);
      const { child, finished } = start("run", small, "--store", interruptedStore, "--json");
      child.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("intake")) child.kill("SIGINT");
      });
      const interrupted = await finished;
      expect(interrupted.code).toBe(130);
      expect(interrupted.stderr).toContain(`resume ${id}`);
      expect(lastLine(interrupted).state).toBe("running");
      const resumed = await restepHere(["run", small, "--store", interruptedStore, "--json"]);
      expect(lastLine(resumed)).toMatchObject({ state: "succeeded" });
    },
    TIMEOUT,
  );
});

function largestFile(folderPath: string): string {
  const files = readdirSync(folderPath, { recursive: true, encoding: "utf8" }).map((name) => join(folderPath, name));
  const sizes = files.filter((path) => statSync(path).isFile()).map((path) => ({ path, size: statSync(path).size }));
  return sizes.sort((a, b) => b.size - a.size)[0]!.path;
}
