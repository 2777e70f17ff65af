import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HandlerBuild, type HandlerBuilds, hasSources, watchHandlers } from "../../shared/local/handler-builds.ts";
import { packageRoot } from "../../shared/local/installation/package.ts";
import { temporaryFolder } from "../e2e/cli.ts";

let folder: ReturnType<typeof temporaryFolder>;
let root: string;
let builds: HandlerBuilds | undefined;
let told: string[];
let built: HandlerBuild[];

/** A package of two modules, built as this one is. */
beforeEach(() => {
  folder = temporaryFolder();
  root = folder.path;
  told = [];
  built = [];
  for (const folder of ["functions", "shared", "statemachines", "scripts"]) mkdirSync(join(root, folder));
  cpSync(join(packageRoot, "scripts", "launch.mjs"), join(root, "scripts", "launch.mjs"));
  symlinkSync(join(packageRoot, "node_modules"), join(root, "node_modules"));
  write("functions/local-worker.ts", 'import { word } from "../shared/word.ts";\nexport const said: string = word;\n');
  write("shared/word.ts", 'export const word = "first";\n');
  write("statemachines/flow.asl.json", "{}");
});

afterEach(async () => {
  await builds?.close();
  builds = undefined;
  folder.remove();
});

const write = (path: string, text: string) => writeFileSync(join(root, path), text);

async function watch(): Promise<void> {
  builds = await watchHandlers({ root, tell: (sentence) => told.push(sentence) });
  builds.onBuilt((build) => built.push(build));
}

const saidBy = async ({ entry }: HandlerBuild) => ((await import(entry.href)) as { said: string }).said;

describe("the handlers of a checkout", () => {
  it("are built when a source has changed, and told with what changed", async () => {
    await watch();
    write("shared/word.ts", 'export const word = "second";\n');
    await expect.poll(() => built.length, { timeout: 20_000 }).toBe(1);
    expect(built[0]).toMatchObject({
      files: ["shared/word.ts"],
      handlers_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await saidBy(built[0]!)).toBe("second");
    expect(told).toEqual(["shared/word.ts changed: states that are entered from now on are done by the new handlers."]);
  });

  it("stay as they are where what changed cannot be built, which is told; and are built once it can", async () => {
    await watch();
    write("shared/word.ts", "export const word = ;\n");
    await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
    expect(told[0]).toMatch(
      /^shared\/word\.ts changed, but cannot be built; the run goes on with the handlers it has\./,
    );
    expect(told[0]).toContain("Unexpected");
    expect(built).toEqual([]);
    write("shared/word.ts", 'export const word = "third";\n');
    await expect.poll(() => built.length, { timeout: 20_000 }).toBe(1);
    expect(await saidBy(built[0]!)).toBe("third");
  });

  it("are not what a state machine is: of one that changes it is said that the run keeps its own", async () => {
    await watch();
    write("statemachines/flow.asl.json", '{ "StartAt": "A" }');
    await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
    expect(told).toEqual([
      "statemachines/flow.asl.json changed: a run keeps the state machine that it was begun with.",
    ]);
    expect(built).toEqual([]);
  });

  it("leave no modules behind", async () => {
    await watch();
    write("shared/other.ts", "export const other = 1;\n");
    write("shared/word.ts", 'export { other as word } from "./other.ts";\n');
    await expect.poll(() => built.length, { timeout: 20_000 }).toBe(1);
    expect(built[0]?.files).toEqual(["shared/other.ts", "shared/word.ts"]);
    await builds?.close();
    expect(readdirSync(root).filter((name) => name.startsWith("dist"))).toEqual([]);
  });
});

it("are there in a checkout, and not in an installed package", () => {
  expect(hasSources(packageRoot)).toBe(true);
  expect(hasSources(join(packageRoot, "dist"))).toBe(false);
});
