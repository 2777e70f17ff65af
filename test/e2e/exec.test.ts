import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ByteWriter } from "../../shared/recompiler/wasm/bytes.ts";
import { EMPTY_BLOCK, OP } from "../../shared/recompiler/wasm/opcodes.ts";
import { encodeModule } from "../../shared/recompiler/wasm/sections.ts";
import { ENTRY, indexOf, LAYOUT, writeBundle } from "../lab/fuzz/bundles.ts";
import { bodyOf, exitWithAnswer, GOOD, putText, putWord, sectionsOf, systemCall } from "../lab/fuzz/linked-module.ts";
import { restepHere } from "../support/command-line.ts";
import { restep, startIn, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const BUFFER = ENTRY + 0x100;
const [EXIT, WRITE, OPEN] = [4001, 4004, 4005];
const MMAP2 = 4210;
const [ENOMEM, EACCES, EROFS] = [12, 13, 30];
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
    expect((await restepHere(["exec", bundle], { cwd })).code).toBe(EACCES);
    expect((await restepHere(["exec", bundle, "--", "notes"], { cwd })).code).toBe(3);
  });

  it("reads below --root DIR and writes below --root DIR:rw", async () => {
    const { cwd, bundle } = programOf((code) => {
      putText(code, BUFFER, "files/made");
      systemCall(code, OPEN, BUFFER, O_CREAT | O_WRONLY, 0o644);
      exitWithAnswer(code);
    });
    mkdirSync(join(cwd, "files"));
    expect((await restepHere(["exec", bundle], { cwd })).code).toBe(EACCES);
    expect((await restepHere(["exec", bundle, "--root", "files"], { cwd })).code).toBe(EROFS);
    expect((await restepHere(["exec", bundle, "--root", "files:ro"], { cwd })).code).toBe(EROFS);
    expect(readdirSync(join(cwd, "files"))).toEqual([]);
    expect((await restepHere(["exec", bundle, "--root", "files:rw"], { cwd })).code).toBe(3);
    expect(readdirSync(join(cwd, "files"))).toEqual(["made"]);
    const { code, stderr } = await restepHere(["exec", bundle, "--root", "files:wr"], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "restep: --root: expected a folder, found nothing at files:wr\n",
    });
  });

  it("refuses a bundle whose name is more than a name", async () => {
    const { cwd, bundle } = programOf(opening("/etc/passwd"), "x=/etc/passwd\u001b[2J");
    const { code, stderr } = await restepHere(["exec", bundle], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("field name: expected a name");
    expect(stderr).not.toContain("\u001b");
  });
});

const [READ, KILL] = [4003, 4037];
const TEXT = ENTRY + 0x200;
const [MEMORY_FAULT, BREAKPOINT, UNLIFTED] = [1, 5, 7];

/** Calls the host's trap, as lifted code does. */
function trap(code: ByteWriter, kind: number): void {
  code.byte(OP.i32Const);
  code.signed(kind);
  code.byte(OP.i32Const);
  code.signed(TEXT);
  code.byte(OP.call);
  code.unsigned(1);
}

describe("exec of a program that dies", () => {
  it("ends the process as the shell shows it", async () => {
    const { cwd, bundle } = programOf((code) => trap(code, MEMORY_FAULT));
    const { code, stderr } = await restep(["exec", bundle], "", { cwd });
    expect(code).toBe(139);
    expect(stderr).toMatch(/^restep: program: ended by SIGSEGV: guest memory_fault at 0x00400200/);
  });

  // biome-ignore format: a table, one row a death
  it.each<[string, (code: ByteWriter) => void, number, RegExp | string]>([
    ["an access outside its memory", (code) => trap(code, MEMORY_FAULT), 139, /^restep: program: ended by SIGSEGV: guest memory_fault at 0x00400200/],
    ["break 7, a division by zero",  (code) => { putWord(code, TEXT, 0x0007000d); trap(code, BREAKPOINT); }, 136, /ended by SIGFPE: guest breakpoint/],
    ["any other break",              (code) => { putWord(code, TEXT, 0x0000000d); trap(code, BREAKPOINT); }, 133, /ended by SIGTRAP: guest breakpoint/],
    ["abort()",                      (code) => systemCall(code, KILL, 1000, 6), 134, "restep: program: ended by SIGABRT\n"],
    ["code that was not lifted",     (code) => trap(code, UNLIFTED), 1, /^restep: program: guest unlifted at/],
    ["an exit of 1",                 (code) => systemCall(code, EXIT, 1), 1, ""],
  ])("by %s ends as the shell shows it and says so", async (_, write, expected, message) => {
    const { cwd, bundle } = programOf(write);
    const { code, stderr } = await restepHere(["exec", bundle], { cwd });
    expect(code).toBe(expected);
    if (typeof message === "string") expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});

describe("exec --timeout", () => {
  const LATE = { code: 124, stderr: "restep: the program was ended after 1 s, as --timeout says\n" };

  it("ends a program that goes on for ever", async () => {
    const { cwd, bundle } = programOf((code) => {
      for (const byte of [OP.loop, EMPTY_BLOCK, OP.br, 0, OP.end]) code.byte(byte);
    });
    expect(await restep(["exec", bundle, "--timeout", "1"], "", { cwd })).toMatchObject(LATE);
  });

  it("ends a program that waits for input that never comes", async () => {
    const { cwd, bundle } = programOf((code) => systemCall(code, READ, 0, BUFFER, 16));
    const { child, finished } = startIn({ cwd }, ["exec", bundle, "--timeout", "1"]);
    expect(await finished).toMatchObject(LATE);
    child.stdin?.destroy();
  });

  it("takes nothing from one that ends in time", async () => {
    const { cwd, bundle } = programOf((code) => systemCall(code, EXIT, 7));
    expect(await restep(["exec", bundle, "--timeout", "60"], "", { cwd })).toMatchObject({ code: 7, stderr: "" });
    const { code, stderr } = await restepHere(["exec", bundle, "--timeout", "soon"], { cwd });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--timeout: expected a whole number"),
    });
  });
});

describe("exec --memory", () => {
  /** `mmap2` of so many bytes, and an exit with its errno: with another number than that where it succeeds. */
  const mapping = (bytes: number) => (code: ByteWriter) => {
    systemCall(code, MMAP2, 0, bytes, 3, 0x802);
    exitWithAnswer(code);
  };

  it("answers ENOMEM to what goes past it", async () => {
    const { cwd, bundle } = programOf(mapping(2 << 20));
    expect((await restepHere(["exec", bundle, "--memory", "16"], { cwd })).code).toBe(ENOMEM);
    expect((await restepHere(["exec", bundle, "--memory", "32"], { cwd })).code).not.toBe(ENOMEM);
  });

  it("is a number of mebibytes", async () => {
    const { cwd, bundle } = programOf((code) => systemCall(code, EXIT, 7));
    const { code, stderr } = await restepHere(["exec", bundle, "--memory", "0"], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("--memory: expected") });
  });
});

describe("exec --env", () => {
  /** Writes so many characters of the first variable of its environment, if it has one, and exits with 0. */
  const writing = (length: number) => (code: ByteWriter) => {
    const [v0, a0, a1, a2, sp] = [2, 4, 5, 6, 29];
    // Behind the number of arguments, the one argument and the end of those.
    const firstVariable = 12;
    const set = (register: number) => {
      code.byte(OP.globalSet);
      code.unsigned(register - 1);
    };
    const constant = (value: number) => {
      code.byte(OP.i32Const);
      code.signed(value);
    };
    code.byte(OP.globalGet);
    code.unsigned(sp - 1);
    constant(LAYOUT.base);
    code.byte(OP.i32Sub);
    code.byte(OP.i32Load);
    code.unsigned(2);
    code.unsigned(firstVariable);
    set(a1);
    for (const [register, value] of [
      [v0, WRITE],
      [a0, 1],
      [a2, length],
    ] as const) {
      constant(value);
      set(register);
    }
    code.byte(OP.call);
    code.unsigned(0);
    systemCall(code, EXIT, 0);
  };

  it("is what the program sees, and nothing of this process's own", async () => {
    const { cwd, bundle } = programOf(writing(8));
    const written = async (...options: string[]) =>
      (await restep(["exec", bundle, ...options], "", { cwd })).stdout.toString();
    expect(await written("--env", "NAME=a=b", "--env", "OTHER=1")).toBe("NAME=a=b");
    expect(await written("--env", "NAME=old", "--env", "NAME=a=c")).toBe("NAME=a=c");
    expect(await written()).toBe("");
  });

  it.each(["NAME", "=value", ""])("is a name and a value, which %j is not", async (variable) => {
    const { cwd, bundle } = programOf((code) => systemCall(code, EXIT, 7));
    const { code, stderr } = await restepHere(["exec", bundle, "--env", variable], { cwd });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`--env: expected NAME=VALUE, found ${variable}`),
    });
  });
});
