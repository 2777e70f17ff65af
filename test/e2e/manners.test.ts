import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { restepHere } from "../support/command-line.ts";
import { lastLine, restep, temporaryFolder } from "./cli.ts";
import { packExit } from "./packed.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const TIMEOUT = 60_000;
const ids = { exit: "7a000000-0000-4000-8000-000000000001", other: "7a000000-0000-4000-8000-000000000002" };

const packed = (name: string, runId: string, config: object = {}) => packExit(join(folder.path, name), runId, config);

describe("the runs of a store", () => {
  const store = join(folder.path, "store");
  const inStore = (...words: string[]) => restepHere([...words, "--store", store]);

  it(
    "are listed, the last first, and named by the beginning of their ids or latest",
    async () => {
      const waiting = { run: { gates: { manual: ["publish"] } } };
      expect((await inStore("run", await packed("exit", ids.exit))).code).toBe(0);
      expect((await inStore("run", await packed("other", ids.other, waiting))).code).toBe(3);
      const listed = JSON.parse((await inStore("list", "--json")).stdout.toString());
      expect(listed).toMatchObject([
        { run_id: ids.other, name: "other", state: "blocked", stage: "approve" },
        { run_id: ids.exit, name: "exit", state: "succeeded", stage: "complete" },
      ]);
      const table = (await inStore("list")).stdout.toString().split("\n");
      expect(table[0]).toMatch(/^RUN +NAME +STATE +STAGE +SUBMITTED +HELD BY$/);
      expect(table[1]).toMatch(new RegExp(`^${ids.other} +other +blocked +approve +\\d+ \\w+ ago$`));
      expect(lastLine(await inStore("status", "latest", "--json"))).toMatchObject({ run_id: ids.other });
      expect(lastLine(await inStore("summary", ids.exit.toUpperCase(), "--json"))).toMatchObject({ run_id: ids.exit });
      const ambiguous = await inStore("status", "7a");
      expect(ambiguous.stderr).toContain(`found 7a, which begins those of ${ids.exit}, ${ids.other}`);
      expect(ambiguous.code).toBe(2);
      expect((await inStore("status", "7b")).stderr).toMatch(
        /a run that begins with 7b not found in .*`.* list --store /,
      );
    },
    TIMEOUT,
  );

  it("are found from a folder below, and in RESTEP_STORE", async () => {
    const below = join(folder.path, "project", "src");
    mkdirSync(below, { recursive: true });
    const manifest = await packed("below", ids.exit);
    const above = join(folder.path, "project", ".restep");
    expect((await restepHere(["run", manifest, "--store", above])).code).toBe(0);
    const found = await restepHere(["status", "latest", "--json"], { cwd: below });
    expect(lastLine(found)).toMatchObject({ run_id: ids.exit, state: "succeeded" });
    const stated = await restepHere(["status", "latest", "--json"], { env: { RESTEP_STORE: store } });
    expect(lastLine(stated)).toMatchObject({ run_id: ids.other });
  });
});

describe("what is printed to type next", () => {
  it(
    "names the store that was named",
    async () => {
      const store = join(folder.path, "my store");
      const manifest = await packed("named", ids.exit);
      const finished = await restepHere(["run", manifest, "--store", store]);
      expect(finished.stderr).toContain(`Run it: npm run -s restep -- exec ${ids.exit} --store '${store}' -- <args>`);
    },
    TIMEOUT,
  );

  it(
    "is to decide where a run waits, and to go on where its process died",
    async () => {
      const store = join(folder.path, "left");
      const manifest = await packed("left", ids.exit, { run: { gates: { manual: ["publish"] } } });
      const said = await restepHere(["run", manifest], { env: { RESTEP_STORE: store } });
      expect(said.stderr).toContain(`npm run -s restep -- approve ${ids.exit} publish --by <you> --reason "..."`);
    },
    TIMEOUT,
  );
});

describe("a run that has ended", () => {
  it(
    "is not cancelled, and whoever asks waits for nobody",
    async () => {
      const store = join(folder.path, "ended");
      expect((await restepHere(["run", await packed("ended", ids.exit), "--store", store])).code).toBe(0);
      const why = ["--by", "alice", "--reason", "wrong binary", "--timeout", "86400"];
      const refused = await restepHere(["cancel", ids.exit, ...why, "--store", store]);
      expect(refused.stderr).toContain("found it succeeded; there is nothing to cancel");
      expect(refused.code).toBe(2);
    },
    TIMEOUT,
  );
});

describe("npm's own way with command lines", () => {
  it("an option that npm kept is named, and nothing is run", async () => {
    const env = { npm_lifecycle_event: "local", npm_config_store: "true", npm_config_new: "true" };
    const finished = await restepHere(["run", "manifest.json", "st"], { env });
    expect(finished.stderr).toMatch(/^restep: npm kept --store, --new for itself; write -- before the verb/);
    expect(finished.code).toBe(2);
  });

  it("paths are of the folder that the command was typed in", async () => {
    const typedIn = join(folder.path, "typed-in");
    mkdirSync(typedIn, { recursive: true });
    writeFileSync(join(typedIn, "here.json"), "{");
    const env = { npm_lifecycle_event: "restep", INIT_CWD: typedIn };
    expect((await restep(["run", "here.json"], "", { env })).stderr).toMatch(/here\.json: expected JSON/);
  });
});
