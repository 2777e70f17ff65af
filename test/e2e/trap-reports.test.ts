import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { buildProgram, call, EXIT, RETURN } from "../stages/program.ts";
import { restepHere } from "../support/command-line.ts";
import { someOf } from "../support/scale.ts";
import { lastLine, temporaryFolder } from "./cli.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

/** Writes past every memory; comes to what cannot be lifted; divides by zero as compilers check it. */
const FAULTS: Readonly<Record<string, readonly Line[]>> = {
  memory: [["lui", "t1", 0x7fff], ["addiu", "v1", "zero", 9], ["sw", "v1", 4, "t1"], ...RETURN],
  obstacle: [
    ["addiu", "v1", "zero", 9],
    ["jr", "ra"],
    ["rdhwr", "v0", 4],
  ],
  division: [["teq", "zero", "zero", 7], ...RETURN],
};

const frame = (name: string): Line[] => [
  ["addiu", "sp", "sp", -8],
  ["sw", "ra", 4, "sp"],
  ...call(name),
  ["lw", "ra", 4, "sp"],
  ["jr", "ra"],
  ["addiu", "sp", "sp", 8],
];

const VALIDATION = { allow_gaps: true, require: { conclusive: "none", captured: false }, random_states: 1 };

async function restep(...args: string[]) {
  const finished = await restepHere([...args, "--store", join(folder.path, "store")]);
  return { ...finished, lines: finished.stderr.split("\n") };
}

async function runOf(fault: string, config: object = {}): Promise<string> {
  const program = buildProgram({
    functions: { _start: [...call("middle"), ...EXIT], middle: frame("fault"), fault: FAULTS[fault]! },
  });
  const at = join(folder.path, fault);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "game.elf"), program.bytes);
  writeFileSync(join(at, "config.json"), JSON.stringify({ schema_version: 1, validation: VALIDATION, ...config }));
  const packed = ["-o", join(at, "packed"), "--config", join(at, "config.json")];
  const pack = await restepHere(["pack", join(at, "game.elf"), ...packed]);
  expect(pack.stderr).not.toMatch(/^restep: /m);
  const run = await restep("run", join(at, "packed/manifest.json"), "--workers", "1", "--json");
  return (lastLine(run) as { run_id: string }).run_id;
}

describe("a program that traps", () => {
  const runs = new Map<string, string>();
  beforeAll(async () => {
    for (const fault of Object.keys(FAULTS)) runs.set(fault, await runOf(fault));
  }, 120_000);
  const exec = (fault: string) => restep("exec", runs.get(fault)!);

  it.each([
    [
      "memory",
      139,
      /^restep: game: ended by SIGSEGV: guest memory_fault, in fault\+0x8 \(0x00400038: sw v1,4\(t1\)\)$/,
    ],
    ["obstacle", 1, /^restep: game: guest unlifted at 0x00400038, in fault\+0x8 \(0x00400038: rdhwr v0,\$4\)$/],
    [
      "division",
      136,
      /^restep: game: ended by SIGFPE: guest trap at 0x00400030, in fault \(0x00400030: teq zero,zero,0x7\)$/,
    ],
  ])("says where and at which instruction: %s", async (fault, code, first) => {
    const { lines, code: exited } = await exec(fault);
    expect(lines[0]).toMatch(first);
    expect(exited).toBe(code);
  });

  it("says which calls were under way, and which registers may be older than they were", async () => {
    const { lines } = await exec("memory");
    expect(lines.slice(1, 5)).toEqual([
      "Calls under way, the last first (those of lifted code; a tail call leaves none):",
      "  fault+0x8   0x00400038  sw v1,4(t1)",
      "  middle+0x8  0x0040001c  jal 400030 <fault>",
      "  _start      0x00400000  jal 400014 <middle>",
    ]);
    const registers = lines.slice(5).join("\n");
    expect(registers).toMatch(/^Registers \(~: as of the last call/);
    expect(registers).toMatch(/ra=0x00400024/);
    expect(registers).toMatch(/v1~0x/);
    expect(registers).toMatch(/t1~0x/);
  });

  it("is got past with a function of the host", async () => {
    const file = join(folder.path, "own.mjs");
    writeFileSync(file, "export const functions = { fault: () => 21 }; export const after = { middle: () => 42 };");
    expect((await restep("exec", runs.get("obstacle")!, "--host", file)).code).toBe(42);
    const none = await restep("exec", runs.get("obstacle")!, "--host", join(folder.path, "none.mjs"));
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--host: expected a file of JavaScript")]);
  });

  it.each(Object.keys(FAULTS))(
    "is got past with what is said to paste: %s",
    async (fault) => {
      const { lines } = await exec(fault);
      const remedies = lines.flatMap((line) => /^ {2}("(?:stubs|patches)": .*?) {3}\(/.exec(line)?.[1] ?? []);
      expect(remedies.length).toBeGreaterThan(0);
      for (const remedy of someOf(remedies, 2)) {
        const runId = await runOf(fault, JSON.parse(`{${remedy}}`));
        expect((await restep("exec", runId)).code, remedy).toBe(0);
      }
    },
    120_000,
  );
});
