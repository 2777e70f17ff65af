import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS, binaryOf } from "./guest.ts";
import { isMissing } from "./tools.ts";

const lacksCompiler = [
  isMissing("mips-linux-gnu-gcc", /12\.2\.0/),
  isMissing("mipsel-linux-gnu-gcc", /12\.2\.0/),
].includes(true);

function buildExamples(...args: string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", "scripts/build-examples.ts", ...args], { encoding: "utf8" });
}

describe.skipIf(lacksCompiler)("rebuilding the examples", () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "restep-examples-copy-"));
    cpSync("examples", copy, { recursive: true, filter: (path) => !path.endsWith(".elf") });
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  it("gives the committed bytes, in another folder too", () => {
    expect(buildExamples("--examples", copy)).toMatchObject({ status: 0, stderr: "" });
    for (const example of ["sha256", "dispatch"]) {
      for (const build of BUILDS) {
        const path = binaryOf(example, build);
        const rebuilt = readFileSync(path.replace("examples", copy));
        expect(rebuilt.equals(readFileSync(path)), path).toBe(true);
      }
    }
  });

  it("finds the binaries that their sources no longer give, and only those", () => {
    expect(buildExamples("--examples", copy).status).toBe(0);
    const source = join(copy, "sha256/src/sha256.c");
    writeFileSync(source, readFileSync(source, "utf8").replace("0x428a2f98", "0x428a2f99"));
    const changed = ["sha256-be.elf", "sha256-le.elf"].map((name) => join(copy, "sha256", name));
    expect(buildExamples("--examples", copy, "--check")).toMatchObject({
      status: 1,
      stdout: changed.map((path) => `${path}: differs from its sources\n`).join(""),
    });
  });
});

describe("the build script", () => {
  it("names the compiler that is missing", () => {
    const run = spawnSync(process.execPath, ["--import", "tsx", "scripts/build-examples.ts", "--check"], {
      encoding: "utf8",
      env: { PATH: "/nowhere" },
    });
    expect(run.status).toBe(2);
    expect(run.stderr).toContain("mips-linux-gnu-gcc is not there; on Debian: apt install gcc-mips-linux-gnu");
  });

  it("refuses an option it does not know", () => {
    expect(buildExamples("--cheque")).toMatchObject({ status: 2, stderr: expect.stringContaining("--cheque") });
  });
});
