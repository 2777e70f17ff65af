import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runInWorker } from "../../../shared/recompiler/runtime/run-in-worker.ts";
import { type HandWritten, handWrittenModule } from "../programs/module.ts";
import { ENTRY, LAYOUT } from "./support/programs.ts";

const start = { layout: LAYOUT, endianness: "little", entry: ENTRY, args: ["program"], env: [] } as const;

function moduleOf(body: string, ...others: readonly HandWritten[]): Uint8Array {
  return handWrittenModule({ layout: LAYOUT, functions: [{ address: ENTRY, name: "start", body }, ...others] });
}

const exit = (status: string): string => `(global.set $r4 ${status}) (global.set $r2 (i32.const 4001)) (call $syscall)`;

/** Counts `r4` down by calling itself, and `r5` up on the way back. */
const recursive: HandWritten = {
  address: ENTRY + 8,
  name: "down",
  locals: "(local i32 i32 i32 i32 i32 i32 i32 i32)",
  body: `(if (i32.eqz (global.get $r4)) (then (return)))
    (global.set $r4 (i32.sub (global.get $r4) (i32.const 1)))
    (call $down)
    (global.set $r5 (i32.add (global.get $r5) (i32.const 1)))`,
};

describe("a program in a thread of its own", () => {
  it("may nest its calls far deeper than this thread could", async () => {
    const depth = 300_000;
    const body = `(global.set $r4 (i32.const ${depth})) (call $down)
      ${exit(`(i32.eq (global.get $r5) (i32.const ${depth}))`)}`;
    const outcome = await runInWorker({ module: moduleOf(body, recursive), start, files: {} });
    expect(outcome).toMatchObject({ kind: "exit", status: 1 });
  });

  it("ends with its own trap when it never stops calling", async () => {
    const run = { module: moduleOf("(call $start)"), start, files: {}, stackMegabytes: 16 };
    expect(await runInWorker(run)).toMatchObject({
      kind: "trap",
      trap: "stack_exhausted",
      scene: { frames: { 0: { name: "start" } } },
    });
  });

  it("tells what is wrong with a module as one error", async () => {
    const run = { module: Uint8Array.of(1, 2, 3), start, files: {} };
    await expect(runInWorker(run)).rejects.toMatchObject({ code: "module_malformed" });
    const other = { module: moduleOf(""), start: { ...start, entry: 0x9000 }, files: {} };
    await expect(runInWorker(other)).rejects.toMatchObject({ code: "entry_missing" });
  });
});

describe("its output", () => {
  const CHUNK = 0x8000;
  const CHUNKS = 100;
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "restep-worker-"));
    const body = `
      (loop $next
        (i32.store (i32.const 0x10000) (global.get $r16))
        (global.set $r4 (i32.const 1)) (global.set $r5 (i32.const 0x10000)) (global.set $r6 (i32.const ${CHUNK}))
        (global.set $r2 (i32.const 4004))
        (call $syscall)
        (global.set $r16 (i32.add (global.get $r16) (i32.const 1)))
        (br_if $next (i32.lt_u (global.get $r16) (i32.const ${CHUNKS}))))
      ${exit("(i32.const 0)")}`;
    writeFileSync(path.join(folder, "module.wasm"), moduleOf(body));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function startProgram() {
    const script = fileURLToPath(new URL("./support/run-program.ts", import.meta.url));
    const args = ["--import", "tsx", script, path.join(folder, "module.wasm")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    const stderr: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    const ended = new Promise<string>((resolve) => {
      child.on("close", () => resolve(Buffer.concat(stderr).toString()));
    });
    return { child, ended };
  }

  it("arrives whole and in order at a reader that takes its time", async () => {
    const { child, ended } = startProgram();
    let total = 0;
    let isInOrder = true;
    let tail = Buffer.alloc(0);
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      tail = Buffer.concat([tail, chunk]);
      for (; tail.length >= CHUNK; tail = tail.subarray(CHUNK)) {
        isInOrder &&= tail.readInt32LE(0) === total / CHUNK;
        total += CHUNK;
      }
      // Lets the pipe fill up before the next piece is taken.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect({ total, isInOrder, rest: tail.length }).toEqual({ total: CHUNK * CHUNKS, isInOrder: true, rest: 0 });
    expect(JSON.parse(await ended)).toMatchObject({ kind: "exit", status: 0 });
  });

  it("ends the program quietly when nobody reads it any more", async () => {
    const { child, ended } = startProgram();
    child.stdout.once("data", () => child.stdout.destroy());
    expect(JSON.parse(await ended)).toMatchObject({ kind: "exit", status: 141, reason: "closed_pipe" });
  });
});
