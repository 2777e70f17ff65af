import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lastLine, restep, said, startIn, temporaryFolder } from "../e2e/cli.ts";
import { packExample } from "../e2e/packed.ts";
import { isMissing } from "../examples/tools.ts";
import { deployStores } from "../stores/aws/deploy.ts";
import { type Moto, startMoto } from "./support/moto.ts";

const TIMEOUT = 180_000;

/** This machine works, and everything that is kept is in S3 and DynamoDB, as a team that shares one store does. */
describe.skipIf(isMissing("moto_server"))("a run whose stores are in AWS", () => {
  const folder = temporaryFolder();
  let moto: Moto;
  let store = "";
  let env: Record<string, string> = {};
  beforeAll(async () => {
    moto = await startMoto();
    store = await deployStores(moto.clients(), "restep-hybrid");
    env = {
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_ACCESS_KEY_ID: "testing",
      AWS_SECRET_ACCESS_KEY: "testing",
      AWS_REGION: "us-east-1",
    };
  }, 30_000);
  afterAll(async () => {
    await moto?.stop();
    folder.remove();
  });

  const inAws = (...words: string[]) => restep([...words, "--store", store], "", { env });

  it(
    "comes to the bundle of a local run, and every verb finds it",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "first"), {});
      const here = await restep(["run", manifest, "--store", join(folder.path, "here"), "--json"]);
      const there = await inAws("run", manifest, "--json");
      expect(there.stderr).not.toContain("cannot");
      expect(lastLine(there)).toMatchObject({ run_id: runId, state: "succeeded", bundle: lastLine(here).bundle });
      for (const verb of ["status", "summary", "facts", "provenance", "context"]) {
        expect(lastLine(await inAws(verb, runId, "--json")), verb).toBeTypeOf("object");
      }
      const { code, stdout } = await inAws("verify", runId, "--json");
      expect({ code, ...(JSON.parse(stdout.toString()) as object) }).toMatchObject({ code: 0, ok: true, problems: [] });
      expect((await inAws("verify")).code).toBe(0);
      const sum = await restep(["exec", runId, "--store", store], "abc", { env });
      expect(sum.stdout.toString()).toMatch(/^ba7816bf/);
      expect((await inAws("replay", runId)).code).toBe(0);
      expect((await inAws("gc")).code).toBe(0);
      expect((await inAws("verify", runId)).code).toBe(0);
    },
    TIMEOUT,
  );

  it(
    "goes on where its process was killed, on whichever laptop",
    async () => {
      const config = { functions_per_shard: 6, validation: { random_states: 300 } };
      const { manifest, runId } = await packExample(join(folder.path, "killed"), config);
      const { child, finished } = startIn({ env }, ["run", manifest, "--store", store, "--workers", "1"]);
      await said(child.stderr, "✓ link");
      child.kill("SIGKILL");
      await finished;
      expect((await inAws("list")).stdout.toString()).toMatch(new RegExp(`${runId} .*running, interrupted`));
      const resumed = await inAws("resume", runId, "--json");
      expect(resumed.stderr).toContain(`Run ${runId} goes on behind intake, plan, lift, link`);
      expect(lastLine(resumed)).toMatchObject({ state: "succeeded" });
      expect((await inAws("verify", runId)).code).toBe(0);
    },
    TIMEOUT,
  );

  it(
    "is carried out by one of two who start it at once",
    async () => {
      const { manifest, runId } = await packExample(join(folder.path, "twice"), {});
      const both = await Promise.all([inAws("run", manifest, "--json"), inAws("run", manifest, "--json")]);
      expect(both.some(({ code }) => code === 0)).toBe(true);
      for (const { code, stderr } of both) if (code !== 0) expect(stderr).toContain(`run ${runId} is held by`);
      expect((await inAws("verify", runId)).code).toBe(0);
      const { stdout } = await inAws("events", runId, "--json");
      const names = stdout
        .toString()
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { name: string }).name);
      expect(names.filter((name) => name === "run_started")).toHaveLength(1);
    },
    TIMEOUT,
  );

  it("that is not deployed, or cannot be reached, says so in a line and what to do", async () => {
    const missing = await restep(["list", "--store", "s3://not-there/x"], "", { env });
    expect(missing.stderr).toBe(
      "restep: the bucket not-there not found in s3://not-there/x/; deploy it first, or check the address\n",
    );
    expect(missing.code).toBe(2);
    const wrong = await restep(["list", "--store", "s3://b?x=1"], "", { env });
    expect(wrong.stderr).toContain("s3://BUCKET[/PREFIX]");
    expect(wrong.code).toBe(2);
  });
});
