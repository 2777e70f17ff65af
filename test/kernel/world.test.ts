import { describe, expect, it } from "vitest";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { storedRunLog } from "../../shared/kernel/run/stored-log.ts";
import { createWorld, type WorldParts } from "../../shared/kernel/world.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import { TEST_FLOW } from "./support.ts";

const silent = { info: () => {}, warn: () => {}, error: () => {} };

function worldOf(change: Partial<WorldParts> = {}) {
  const stores = createMemoryStores();
  const variables: Record<string, string> = { PATH: "/bin", LANG: "C" };
  return createWorld({
    stores,
    log: storedRunLog(stores),
    logger: () => silent,
    flows: [TEST_FLOW],
    build: { restep_version: "1.2.3", state_machines: { test: "a".repeat(64) } },
    environment: (name) => variables[name],
    ...change,
  });
}

const config = (exec: object) => RunConfig.parse({ exec });

describe("a world", () => {
  it("says what it was built from and where it runs, with the variables that a run config allows and no others", async () => {
    expect(await worldOf().build(config({ env_allowlist: ["LANG", "NOT_SET"] }), TEST_FLOW)).toEqual({
      restep_version: "1.2.3",
      state_machine_sha256: "a".repeat(64),
      node_version: process.version,
      platform: process.platform,
      architecture: process.arch,
      environment: { LANG: "C" },
    });
  });

  it("says so where it was not told which definition it carries out", async () => {
    const build = { restep_version: "1.2.3", state_machines: {} };
    expect((await worldOf({ build }).build(config({}), TEST_FLOW)).state_machine_sha256).toBe("0".repeat(64));
  });

  it("reaches outside through every transport there is", () => {
    const { io } = worldOf();
    expect(io.mode === "live" && Object.keys(io.transports(config({}))).sort()).toEqual([
      "clock",
      "exec",
      "http",
      "random",
    ]);
  });

  it("reaches nothing outside once it is given facts to answer from", () => {
    expect(worldOf({ facts: [] }).io).toEqual({ mode: "replay", facts: [] });
  });
});
