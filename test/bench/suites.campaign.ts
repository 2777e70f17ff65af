import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS, exampleBinary } from "../lab/bench/examples.ts";
import { finish, timeOf } from "../lab/bench/processes.ts";
import { recompile } from "../lab/bench/recompile.ts";
import type { BenchCase, Suite, SuiteContext } from "../lab/bench/suite.ts";
import { execSuite } from "../lab/bench/suites/exec.ts";
import { liftSuite } from "../lab/bench/suites/lift.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "restep-bench-test-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

/** The suite's cases on a machine without any tool, whose clock moves half a second each time it is read. */
async function casesWithoutTools(suite: Suite): Promise<{ cases: BenchCase[]; warnings: string[] }> {
  let clock = 0;
  const warnings: string[] = [];
  const context: SuiteContext = {
    now: () => (clock += 500),
    scratch,
    isInstalled: () => false,
    getNode: () => ({ missing: "no network" }),
    warn: (message) => void warnings.push(message),
  };
  const cases: BenchCase[] = [];
  for await (const benchCase of suite.cases(context)) cases.push(benchCase);
  return { cases, warnings };
}

describe("a machine without the other tools", () => {
  it("has the exec suite measure without comparison, and says which emulator is missing", async () => {
    const { cases, warnings } = await casesWithoutTools(execSuite);
    expect(cases.map(({ name, metrics }) => `${name} ${metrics.map((metric) => metric.name)}`)).toEqual([
      "sha256-be process_time",
      "sha256-be guest_time",
      "sha256-le process_time",
      "sha256-le guest_time",
      "dispatch-be process_time",
      "dispatch-be guest_time",
      "dispatch-le process_time",
      "dispatch-le guest_time",
      "rays-be process_time",
      "rays-be guest_time",
      "rays-le process_time",
      "rays-le guest_time",
    ]);
    expect(cases.some((benchCase) => "against" in benchCase)).toBe(false);
    expect(warnings).toEqual([
      "exec: sha256-be is measured without comparison: qemu-mips is not installed",
      "exec: sha256-le is measured without comparison: qemu-mipsel is not installed",
      "exec: dispatch-be is measured without comparison: qemu-mips is not installed",
      "exec: dispatch-le is measured without comparison: qemu-mipsel is not installed",
      "exec: rays-be is measured without comparison: qemu-mips is not installed",
      "exec: rays-le is measured without comparison: qemu-mipsel is not installed",
    ]);
  });

  it("has it publish the program that it measures", { timeout: 60_000 }, async () => {
    const { cases } = await casesWithoutTools(execSuite);
    const { process_time } = (await cases[0]!.subject.sample()) as { process_time: number };
    expect(process_time).toBeGreaterThan(0);
  });

  it("has the lift suite leave out the program it would compile, and says so", async () => {
    const { cases, warnings } = await casesWithoutTools(liftSuite);
    expect(cases.map(({ name }) => name)).toEqual([
      "sha256-be",
      "dispatch-be",
      "rays-be",
      "sha256-le",
      "dispatch-le",
      "rays-le",
    ]);
    expect(warnings).toEqual([
      "lift: glibc-static-be is left out: mips-linux-gnu-gcc is not installed",
      "lift: glibc-static-le is left out: mipsel-linux-gnu-gcc is not installed",
    ]);
  });
});

describe("the lift suite", () => {
  it("counts what was lifted over the time it took", async () => {
    const { cases } = await casesWithoutTools(liftSuite);
    const { lifted, functions, instructions, module } = recompile(exampleBinary("sha256", BUILDS[0]).bytes);
    expect(lifted).toBeGreaterThan(10);
    expect(await cases[0]!.subject.sample()).toEqual({
      functions_per_second: lifted / 0.5,
      instructions_per_second: instructions / 0.5,
      lifted_share: (100 * lifted) / functions.length,
      module_size: module.length / instructions,
    });
  });
});

describe("the exec suite", () => {
  it("takes the time inside the recompiled program, which answers right", async () => {
    const { cases } = await casesWithoutTools(execSuite);
    const { guest_time: guestTime } = await cases.at(-1)!.subject.sample();
    expect(guestTime).toBeGreaterThan(0);
  });
});

describe("timing a process", () => {
  const node = (script: string) => [process.execPath, "-e", script] as const;

  it("takes the time from start to end, by the clock given", async () => {
    let clock = 0;
    const script = "console.log(process.argv[1]); console.error('and more')";
    expect(await timeOf(() => (clock += 40), node(script), ["x"], "x\n")).toEqual({
      elapsed: 40,
      errors: "and more\n",
    });
  });

  it("refuses a wrong answer", async () => {
    await expect(timeOf(() => 0, node("console.log(1)"), [], "2\n")).rejects.toThrow(
      'expected the output "2\\n", found "1\\n"',
    );
  });

  it("knows bytes by their digest", async () => {
    const sha256 = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865";
    expect(await timeOf(() => 0, node("console.log(1)"), [], { sha256 })).toMatchObject({ errors: "" });
    await expect(timeOf(() => 0, node("console.log(2)"), [], { sha256 })).rejects.toThrow(/expected the output/);
  });

  it("refuses a failure, with what the process said", () => {
    const script = "console.error('no such function'); process.exit(3)";
    expect(() => finish(node(script), [])).toThrow(/exit status 3: no such function/);
  });

  it("refuses a command that is not there", () => {
    expect(() => finish(["/nowhere/restep"], [])).toThrow(/ENOENT/);
  });
});
