import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRuns } from "../../shared/local/open-runs.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "../runs/exit-program.ts";

const TIMEOUT = 60_000;
const folder = temporaryFolder();
afterAll(() => folder.remove());

/** A gate at which a person decides before anything is published. */
const packed = packedExit({ run: { gates: { manual: ["publish"] } } });
const { run_id: runId } = packed.submission;

let runs: Runs;
beforeAll(async () => {
  runs = await openRuns({ store: `file:${join(folder.path, "store")}`, workers: 1, environment: () => undefined });
});
afterAll(() => runs.close());

describe("runs that a program carries out on its machine", () => {
  it(
    "wait at a gate, go on once it is decided, and can be looked at, verified and replayed",
    async () => {
      const names: string[] = [];
      const run = await runs.start(packageSource(packed), { onEvent: ({ name }) => names.push(name) });
      expect(await run.outcome).toBe("blocked");
      expect(await runs.status(runId)).toMatchObject({ state: "blocked" });
      const { gates } = await runs.summary(runId);
      expect(gates).toMatchObject([{ gate: "publish", state: "open", subject: expect.stringMatching(/^artifact:/) }]);

      await runs.approve(runId, "publish", { by: "alice", reason: "checked" });
      expect(await (await runs.resume(runId)).outcome).toBe("ended");
      const { state, bundle } = await runs.summary(runId);
      expect({ state, bundle }).toEqual({ state: "succeeded", bundle: expect.stringMatching(/^artifact:/) });

      const logged: string[] = [];
      for await (const { name } of runs.events(runId)) logged.push(name);
      expect(logged.slice(0, names.length)).toEqual(names);
      expect(logged.at(-1)).toBe("run_completed");

      expect(await runs.verify(runId)).toMatchObject({ ok: true, problems: [] });
      expect(await runs.replay(runId)).toMatchObject({ identical: true });

      const { index, module } = await runs.program(runId);
      expect(index.name).toBe("exit");
      expect(WebAssembly.validate(module as Uint8Array<ArrayBuffer>)).toBe(true);
      const text = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
      expect(text(await runs.provenance(runId, "slsa"))._type).toMatch(/^https:\/\/in-toto.io\/Statement/);
      const { ref, index: facts } = await runs.facts(runId);
      expect(ref).toMatch(/^artifact:/);
      expect(facts.facts).toHaveLength((await runs.verify(runId)).facts);
      expect((await runs.collect({ isDryRun: true })).problems).toEqual([]);
    },
    TIMEOUT,
  );

  it("can be made by another who opens the same store", async () => {
    const others = await openRuns({ store: join(folder.path, "store"), asFound: true });
    expect(await others.list()).toEqual([runId]);
    await others.close();
  });
});

describe("a secret that only the program knows", () => {
  const SECRET = "correct-horse-9";
  const secretRuns = (store: string) =>
    openRuns({ store, workers: 1, environment: (name) => (name === "MY_TOKEN" ? SECRET : undefined) });
  const filesWithIt = (store: string) =>
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(SECRET))
      .map(({ name }) => name);

  it("is kept out of what its handlers record", { timeout: TIMEOUT }, async () => {
    const store = join(folder.path, "secret");
    const said = join(folder.path, "said");
    writeFileSync(said, `token ${SECRET}`);
    const run = {
      secrets: ["MY_TOKEN"],
      exec: { allow: [{ name: "cat", program: "/bin/cat" }] },
      tools: [{ program: "cat", args: [said] }],
    };
    const known = await secretRuns(store);
    const { runId: id, outcome } = await known.start(packageSource(packedExit({ run })));
    expect(await outcome).toBe("ended");
    expect(await known.summary(id)).toMatchObject({ state: "failed", error: "SecretRefused" });
    expect(filesWithIt(store)).toEqual([]);
    await known.close();
  });

  it("is kept out of why the run was cancelled, where a signal says that", { timeout: TIMEOUT }, async () => {
    const store = join(folder.path, "cancelled");
    const known = await secretRuns(store);
    const run = { secrets: ["MY_TOKEN"], gates: { manual: ["publish"] } };
    const blocked = await known.start(packageSource(packedExit({ run })));
    expect(await blocked.outcome).toBe("blocked");
    const cancel = AbortSignal.abort({ by: "alice", reason: `it shows ${SECRET}` });
    expect(await (await known.resume(blocked.runId, { cancel })).outcome).toBe("ended");
    expect((await known.summary(blocked.runId)).cause).toMatch(/^cancelled by alice: it shows /);
    expect(filesWithIt(store)).toEqual([]);
    await known.close();
  });
});

describe("a store that worker threads cannot open", () => {
  it("holds runs, but they are not carried out: what would do is said", async () => {
    const inMemory = await openRuns({ store: "memory:" });
    const run = await inMemory.start(packageSource(packed));
    await expect(run.outcome).rejects.toThrow(/expected one that worker threads can open too, such as file:PATH/);
    await inMemory.close();
  });

  it("is refused where there is no such scheme", async () => {
    await expect(openRuns({ store: "ftp://there" })).rejects.toMatchObject({ name: "InvalidInputError" });
  });
});
