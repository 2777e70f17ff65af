/**
 * Makes a golden store with a built `restep`, and writes it beside this file:
 *
 *     npm run build && node --import tsx test/golden/make-store.ts dist/scripts/restep.js 0.2.0
 *
 * The store of a release is made once, when its formats are final, and never again. One named after a format is of what is
 * not released yet, and is made anew when that changes.
 */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { archived } from "./archive.ts";

const [entry, release] = process.argv.slice(2);
if (entry === undefined || release === undefined)
  throw new Error("expected the path of restep.js and a release's name");
const command = resolve(entry);
const here = fileURLToPath(new URL(".", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "golden-"));
cpSync(join(here, "../../examples"), join(place, "examples"), { recursive: true });

/** @param stopAt once this shows on standard error, the run is interrupted */
function restep(args: readonly string[], stopAt?: string): Promise<number | null> {
  const child = spawn(process.execPath, [command, ...args], { cwd: place, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.on("data", (chunk: Buffer) => {
    process.stderr.write(chunk);
    if (stopAt !== undefined && chunk.toString().includes(stopAt)) child.kill("SIGINT");
  });
  return new Promise((done) => child.on("close", done));
}

async function expectCode(expected: number, finished: Promise<number | null>): Promise<void> {
  const code = await finished;
  if (code !== expected) throw new Error(`expected exit code ${expected}, found ${code}`);
}

/** @returns the run's id */
async function pack(name: string, config: object): Promise<string> {
  writeFileSync(join(place, `${name}.json`), JSON.stringify({ schema_version: 1, ...config }));
  const binary = "examples/sha256/sha256-be.elf";
  await expectCode(0, restep(["pack", binary, "-o", name, "--config", `${name}.json`]));
  return idOf(name);
}

function idOf(folder: string): string {
  return (JSON.parse(readFileSync(join(place, folder, "manifest.json"), "utf8")) as { run_id: string }).run_id;
}

const run = (folder: string, ...more: string[]) => ["run", join(folder, "manifest.json"), "--store", "store", ...more];
const manual = { gates: { manual: ["publish"] } };

await expectCode(0, restep(run("examples/sha256")));
await expectCode(0, restep(run("examples/dispatch")));
const approved = await pack("approved", { functions_per_shard: 40, run: manual });
await expectCode(3, restep(run("approved")));
const by = ["--by", "alice", "--reason", "played it through", "--store", "store"];
await expectCode(0, restep(["approve", approved, "publish", ...by]));
const rejected = await pack("rejected", { functions_per_shard: 41, run: manual });
await expectCode(3, restep(run("rejected")));
await expectCode(1, restep(["reject", rejected, "publish", ...by]));
const blocked = await pack("blocked", { functions_per_shard: 42, run: manual });
await expectCode(3, restep(run("blocked")));
const interrupted = await pack("interrupted", { functions_per_shard: 8 });
await expectCode(130, restep(run("interrupted", "--workers", "1"), "lift"));

const runs = {
  succeeded: idOf("examples/sha256"),
  dispatch: idOf("examples/dispatch"),
  approved,
  rejected,
  blocked,
  interrupted,
};
writeFileSync(join(here, `${release}.json`), `${JSON.stringify(runs, null, 2)}\n`);
const archive = archived(join(place, "store"));
writeFileSync(join(here, `${release}.store`), archive);
rmSync(place, { recursive: true });
process.stdout.write(`${archive.length} bytes\n`);
