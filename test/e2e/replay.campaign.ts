import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, restep, root, temporaryFolder } from "./cli.ts";
import { packExample } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const store = join(folder.path, "store");
const TIMEOUT = 60_000;
let runId: string;

/** How to start a command in a network namespace of its own: only there is the network surely off. */
const UNSHARE = [
  ["unshare", "-rn"],
  ["unshare", "-n"],
];
const alone = await firstThatWorks(UNSHARE);
if (alone === undefined) {
  // A kernel may forbid it to anybody; then no tool that could be installed helps.
  console.warn("no network namespace to be had here: the replay without a network is not tested");
}

async function firstThatWorks(commands: readonly (readonly string[])[]): Promise<readonly string[] | undefined> {
  for (const command of commands) {
    const [program = "", ...args] = command;
    const works = await promisify(execFile)(program, [...args, "true"]).then(
      () => true,
      () => false,
    );
    if (works) return command;
  }
  return undefined;
}

beforeAll(async () => {
  const packed = await packExample(join(folder.path, "packed"), {
    run: {
      exec: { allow: [{ name: "cat", program: "/bin/cat" }], env_allowlist: ["RESTEP_TEST_STAGE"] },
      tools: [{ program: "cat" }],
    },
  });
  runId = packed.runId;
  process.env.RESTEP_TEST_STAGE = "replay";
  const finished = await restep(["run", packed.manifest, "--store", store, "--json"]);
  delete process.env.RESTEP_TEST_STAGE;
  expect(finished.code, finished.stderr).toBe(0);
}, TIMEOUT);

describe("replay", () => {
  it(
    "runs the whole state machine again from recorded facts, and finds every hash the same",
    async () => {
      const replayed = await restep(["replay", runId, "--store", store, "--json"]);
      expect(lastLine(replayed)).toMatchObject({ run_id: runId, identical: true });
      expect(lastLine(replayed).facts).toBeGreaterThanOrEqual(4);
      expect(replayed.code).toBe(0);
    },
    TIMEOUT,
  );

  it("states the tools and the environment that were let in", async () => {
    const provenance = await restep(["provenance", runId, "--store", store, "--json"]);
    expect(JSON.parse(provenance.stdout.toString())).toMatchObject({
      tools: [{ name: "cat", version: expect.stringContaining("cat"), program_sha256: expect.any(String) }],
      build: { environment: { RESTEP_TEST_STAGE: "replay" } },
    });
  });

  it.runIf(alone !== undefined)(
    "needs no network: the same in a namespace without a route",
    async () => {
      const [program = "", ...args] = alone ?? [];
      const { stdout } = await promisify(execFile)(
        program,
        [...args, process.execPath, "dist/scripts/restep.js", "replay", runId, "--store", store, "--json"],
        { cwd: root },
      );
      expect(JSON.parse(stdout)).toMatchObject({ identical: true });
    },
    TIMEOUT,
  );

  it(
    "says where it first differs, and names a fact that is missing",
    async () => {
      const log = join(store, "runs", runId, "events.jsonl");
      const whole = readFileSync(log, "utf8");
      const fact = whole.split("\n").find((line) => line.includes('"attest/clock/issued_at"'));
      expect(fact).toBeDefined();
      const { payload_ref } = JSON.parse(fact!) as { payload_ref: string };
      const digits = payload_ref.slice("artifact://".length);
      const path = join(store, "artifacts", digits.slice(0, 2), digits.slice(2));
      const bytes = readFileSync(path);
      try {
        writeFileSync(path, bytes.toString().replace(/20\d\d-/, "1999-"));
        const replayed = await restep(["replay", runId, "--store", store, "--json"]);
        expect(replayed.code).toBe(1);
        expect(JSON.stringify(replayed.stdout.toString() + replayed.stderr)).toContain(digits);
      } finally {
        writeFileSync(path, bytes);
      }
    },
    TIMEOUT,
  );
});
