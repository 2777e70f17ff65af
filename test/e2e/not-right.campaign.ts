import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { lacksTools } from "../recompiler/programs/compile.ts";
import { restep, temporaryFolder } from "./cli.ts";

/** Programs on which oracle and lifter were wrong together, or on a path that no run took: they must not pass as right. */
const folder = temporaryFolder();
afterAll(() => folder.remove());
const programs = fileURLToPath(new URL("../recompiler/programs/", import.meta.url));
const FLAGS = "-nostdlib -static -mno-abicalls -fno-pic -mips32r2 -G0 -Wl,--build-id=none -Wa,-mno-shared".split(" ");
const COMPILER = "mipsel-linux-gnu-gcc";
const QEMU = spawnSync("sh", ["-c", "command -v qemu-mipsel"], { encoding: "utf8" }).stdout.trim();
const TIMEOUT = 120_000;

/** With what they print by. */
const WRITES_CODE = ["control/smcn.s", "control/print.s"];
const JUMPS_PAST = ["control/sjlj_arg.s", "control/print.s"];

/** Assembles a program and runs it through Restep. */
async function run(name: string, sources: readonly string[], config: object, flags: readonly string[] = []) {
  const binary = join(folder.path, `${name}.elf`);
  const files = sources.map((source) => join(programs, source));
  const made = spawnSync(COMPILER, [...FLAGS, ...flags, ...files, "-o", binary]);
  expect(made.stderr.toString()).toBe("");
  const path = (what: string) => join(folder.path, `${name}${what}`);
  writeFileSync(path(".json"), JSON.stringify({ schema_version: 1, ...config }));
  await restep(["pack", binary, "-o", path("-packed"), "--config", path(".json")]);
  return restep(["run", path("-packed"), "--store", path("-store")]);
}

const reference = {
  run: { exec: { allow: [{ name: "qemu", program: QEMU }] } },
  validation: { reference: { program: "qemu" } },
};

describe.skipIf(lacksTools())(
  "what must not pass as right",
  () => {
    it("a program that runs code it has written", async () => {
      const { code, stdout } = await run("writes-code", WRITES_CODE, {}, ["-Wl,-N"]);
      expect(code).toBe(1);
      expect(stdout.toString()).toMatch(/run 0 differs .* the program runs code that it has written, at 0x00400/);
    });

    it("a program with functions that never came to a normal end: what they do nobody has seen", async () => {
      const { code, stdout } = await run("jumps-past", JUMPS_PAST, {});
      expect(code).toBe(1);
      expect(stdout.toString()).toMatch(/2 of 6 functions had no input .*: lj \(0x\w+\); deep \(0x\w+\)\./);
    });

    it("a program that goes wrong on a path, once a run takes it", async () => {
      const { code, stdout } = await run("taken", JUMPS_PAST, { validation: { runs: [{ args: ["one"] }] } });
      expect(code).toBe(1);
      expect(stdout.toString()).toMatch(
        /run 0 differs on the linked module: .* found guest return_elsewhere at 0x00400/,
      );
    });

    it("a program that a second implementation of the machine runs otherwise", async () => {
      const { code, stdout } = await run("second", WRITES_CODE, reference, ["-Wl,-N"]);
      expect(code).toBe(1);
      expect(stdout.toString()).toMatch(
        /run 0 differs between qemu and the oracle: end of the program: expected exit 0/,
      );
    });
  },
  TIMEOUT,
);

describe.skipIf(lacksTools())(
  "what is right",
  () => {
    it("passes beside a second implementation too, which is a fact: a replay does without it", async () => {
      const { code, stderr } = await run("returns", ["returns.s"], reference);
      expect(code, stderr).toBe(0);
      const store = ["--store", join(folder.path, "returns-store")];
      const facts = await restep(["facts", "latest", ...store]);
      expect(facts.stdout.toString()).toMatch(/compare_runs\/exec\/run_0/);
      expect((await restep(["replay", "latest", ...store])).code).toBe(0);
    });
  },
  TIMEOUT,
);
