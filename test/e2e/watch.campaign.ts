import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, restep, root, said, temporaryFolder } from "./cli.ts";

/** A checkout of its own, whose sources may be changed. */
const folder = temporaryFolder();
const checkout = join(folder.path, "checkout");
afterAll(() => folder.remove());
beforeAll(() => {
  mkdirSync(checkout);
  const names = [
    "dist",
    "functions",
    "scripts",
    "shared",
    "statemachines",
    "examples/sha256",
    "package.json",
    "package-lock.json",
    "capabilities.lock.json",
  ];
  for (const name of names) cpSync(join(root, name), join(checkout, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
});

/** In the checkout, as it was built: the launcher would take a while to build what is changed here. */
function startThere(...args: string[]) {
  const child = spawn(process.execPath, [join(checkout, "dist/scripts/restep.js"), ...args], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const told: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => told.push(chunk));
  const finished = new Promise<{ code: number | null; stdout: Buffer; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(told).toString() }));
  });
  return { child, finished };
}

const change = (path: string, from: string, to: string) => {
  const text = readFileSync(join(checkout, path), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(checkout, path), text.replace(from, to));
};

/** Modules that worker threads have, as they were built. */
function modulesWith(text: string): string[] {
  const paths = readdirSync(join(checkout, "dist"), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
    .map(({ name }) => join("dist", name));
  const found = [...paths, "dist/functions/local-worker.js"].filter((path) =>
    readFileSync(join(checkout, path), "utf8").includes(text),
  );
  expect(found).not.toEqual([]);
  return found;
}

describe("a run that is watched", () => {
  it("goes on with handlers that are changed under way, says so, and so does its provenance", async () => {
    const store = join(folder.path, "store");
    const gate = join(folder.path, "go");
    // The state before waits, in this checkout alone, until the handlers have been built anew.
    const wait = `while (!(await import("node:fs")).existsSync(${JSON.stringify(gate)})) await new Promise((go) => setTimeout(go, 50));`;
    const started = "const { image, layout, functions } = await loadPlannedProgram(context, { submission, program });";
    for (const path of modulesWith(started)) change(path, started, `${wait}\n    ${started}`);
    const { child, finished } = startThere(
      "run",
      "examples/sha256/manifest.json",
      "--store",
      store,
      "--watch",
      "--json",
    );
    const heard = (text: string) =>
      Promise.race([said(child.stderr, text), finished.then(({ stderr }) => expect.fail(stderr))]);
    await heard("lift");
    change("shared/stages/package.ts", "files: files.length", "files: 99");
    await heard("shared/stages/package.ts changed");
    writeFileSync(gate, "");
    const ended = await finished;
    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/package .* 99 files/);
    const summary = lastLine({ ...ended, signal: null });
    const { stdout } = await restep(["provenance", String(summary.run_id), "--store", store]);
    const provenance = JSON.parse(stdout.toString());
    const log = readFileSync(join(store, "runs", String(summary.run_id), "events.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    const events = log.map(
      (line) => JSON.parse(line) as { seq: number; name: string; payload: { state_id?: string; files?: string[] } },
    );
    const reloads = events.filter(({ name }) => name === "recomp.handlers.reloaded");
    expect(reloads.map(({ payload }) => payload.files)).toEqual([["shared/stages/package.ts"]]);
    expect(provenance.trail.reloads).toEqual([{ ...reloads[0]?.payload, seq: reloads[0]?.seq }]);
    const entered = (state: string) =>
      events.find(({ name, payload }) => name === "state_entered" && payload.state_id?.includes(`.${state}.`))?.seq;
    expect(entered("link")).toBeLessThan(reloads[0]?.seq ?? 0);
    expect(entered("package")).toBeGreaterThan(reloads[0]?.seq ?? 0);
    expect((await restep(["verify", String(summary.run_id), "--store", store])).code).toBe(0);
    expect(readdirSync(checkout).filter((name) => name.startsWith("dist."))).toEqual([]);
  }, 180_000);
});
