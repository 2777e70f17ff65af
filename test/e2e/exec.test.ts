import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ByteWriter } from "../../shared/recompiler/wasm/bytes.ts";
import { encodeModule } from "../../shared/recompiler/wasm/sections.ts";
import { ENTRY, indexOf, writeBundle } from "../lab/fuzz/bundles.ts";
import { bodyOf, exitWithAnswer, GOOD, putText, sectionsOf, systemCall } from "../lab/fuzz/linked-module.ts";
import { restep, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const BUFFER = ENTRY + 0x100;
const [EXIT, OPEN] = [4001, 4005];
const [EACCES, EROFS] = [13, 30];
/** asm/fcntl.h */
const [O_WRONLY, O_CREAT] = [1, 0x100];

let made = 0;

/** A folder with a bundle whose program is this code. */
function programOf(
  write: (code: ByteWriter) => void,
  name = "program",
): { readonly cwd: string; readonly bundle: string } {
  const cwd = join(folder.path, `${++made}`);
  const bundle = join(cwd, "bundle");
  const module = encodeModule(sectionsOf({ ...GOOD, bodies: [bodyOf(write)] }));
  writeBundle(bundle, module, indexOf(module, name));
  return { cwd, bundle };
}

/** Opens a file for reading and ends with the descriptor, or the error number. */
const opening = (path: string) => (code: ByteWriter) => {
  putText(code, BUFFER, path);
  systemCall(code, OPEN, BUFFER, 0, 0);
  exitWithAnswer(code);
};

describe("exec", () => {
  it("ends with the status that the program exits with", async () => {
    const { cwd, bundle } = programOf((code) => systemCall(code, EXIT, 42));
    expect(await restep(["exec", bundle], "", { cwd })).toMatchObject({ code: 42, stderr: "" });
  });

  it("grants the files that were typed, and none that the program is called", async () => {
    const { cwd, bundle } = programOf(opening("notes"), "notes");
    writeFileSync(join(cwd, "notes"), "a secret");
    expect((await restep(["exec", bundle], "", { cwd })).code).toBe(EACCES);
    expect((await restep(["exec", bundle, "--", "notes"], "", { cwd })).code).toBe(3);
  });

  it("reads below --root DIR and writes below --root DIR:rw", async () => {
    const { cwd, bundle } = programOf((code) => {
      putText(code, BUFFER, "files/made");
      systemCall(code, OPEN, BUFFER, O_CREAT | O_WRONLY, 0o644);
      exitWithAnswer(code);
    });
    mkdirSync(join(cwd, "files"));
    expect((await restep(["exec", bundle], "", { cwd })).code).toBe(EACCES);
    expect((await restep(["exec", bundle, "--root", "files"], "", { cwd })).code).toBe(EROFS);
    expect((await restep(["exec", bundle, "--root", "files:ro"], "", { cwd })).code).toBe(EROFS);
    expect(readdirSync(join(cwd, "files"))).toEqual([]);
    expect((await restep(["exec", bundle, "--root", "files:rw"], "", { cwd })).code).toBe(3);
    expect(readdirSync(join(cwd, "files"))).toEqual(["made"]);
    const { code, stderr } = await restep(["exec", bundle, "--root", "files:wr"], "", { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "restep: --root: expected a folder, found nothing at files:wr\n",
    });
  });

  it("refuses a bundle whose name is more than a name", async () => {
    const { cwd, bundle } = programOf(opening("/etc/passwd"), "x=/etc/passwd\u001b[2J");
    const { code, stderr } = await restep(["exec", bundle], "", { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("field name: expected a name");
    expect(stderr).not.toContain("\u001b");
  });
});
