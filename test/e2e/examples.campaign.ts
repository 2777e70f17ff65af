import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { packExamples } from "../../scripts/pack-examples.ts";
import { isMissing } from "../examples/tools.ts";
import { lastLine, restep, root, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

interface Invocation {
  readonly args: readonly string[];
  readonly stdin: string;
}
const sha256: Invocation[] = [
  { args: [], stdin: "abc" },
  { args: ["LICENSE", "-", "no such file"], stdin: "x".repeat(1000) },
];
const dispatch: Invocation[] = [
  { args: ["3 4 + 5 * p 24 fib 3 5 ack s"], stdin: "" },
  { args: [], stdin: ": fact dup 2 < if drop 1 else dup 1 - fact * then ; 20 fact p 1 0 /\n" },
];

const uuid: Invocation[] = [
  { args: ["show", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "none"], stdin: "" },
  { args: ["show"], stdin: "1ec9414c-232a-6b00-b3c8-9f6bdeced846\n017f22e2-79b0-7cc3-98c4-dc0c0c07398f" },
  { args: ["v7", "281474976710655", "9", "100"], stdin: "" },
  { args: ["v8", "", "a", "abcdefgh", "a longer name"], stdin: "" },
];

const rays: Invocation[] = [
  { args: ["40", "30", "2"], stdin: "" },
  { args: ["0"], stdin: "" },
];

const EXAMPLES = Object.entries({ sha256, dispatch, uuid, rays }).flatMap(([name, invocations]) => [
  { manifest: `examples/${name}/manifest.json`, binary: `${name}/${name}-be`, emulator: "qemu-mips", invocations },
  { manifest: `examples/${name}/le/manifest.json`, binary: `${name}/${name}-le`, emulator: "qemu-mipsel", invocations },
]);

describe.each(EXAMPLES)("$manifest", ({ manifest, binary, emulator, invocations }) => {
  const store = join(folder.path, binary.replace("/", "-"));

  it("recompiles with every function tested", async () => {
    const finished = await restep(["run", manifest, "--store", store, "--json"]);
    expect(finished.stderr).toMatch(/validation_gate .*\d+ tested, 0 disproven, 0 untested/);
    expect(lastLine(finished)).toMatchObject({ state: "succeeded" });
  }, 120_000);

  it.skipIf(isMissing(emulator))(
    `prints what ${emulator} prints for the same binary, as lifted and interpreted`,
    async () => {
      const { run_id: runId } = JSON.parse(readFileSync(join(root, manifest), "utf8")) as { run_id: string };
      for (const { args, stdin } of invocations) {
        const expected = spawnSync(emulator, [`examples/${binary}.elf`, ...args], { cwd: root, input: stdin });
        for (const how of [[], ["--interpreted"]]) {
          const found = await restep(["exec", runId, "--store", store, ...how, "--", ...args], stdin);
          expect(found.stdout.equals(expected.stdout)).toBe(true);
          expect(found.stderr).toBe(expected.stderr.toString());
          expect(found.code).toBe(expected.status);
        }
      }
    },
    60_000,
  );
});

describe("the examples' packages", () => {
  it("come out of pack byte for byte as they are committed", async () => {
    const output = join(folder.path, "packed");
    await packExamples(output);
    const packed = filesBelow(output);
    expect(packed.length).toBeGreaterThan(16);
    for (const file of packed) {
      expect(readFileSync(join(output, file)).equals(readFileSync(join(root, "examples", file))), file).toBe(true);
    }
  });
});

function filesBelow(path: string): string[] {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1));
}
