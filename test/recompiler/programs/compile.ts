/** Compiles the C programs beside this file with the cross compilers, and runs them under qemu. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import type { Endianness } from "../../../shared/recompiler/machine.ts";

const TOOLS: Readonly<Record<Endianness, { readonly compiler: string; readonly emulator: string }>> = {
  big: { compiler: "mips-linux-gnu-gcc", emulator: "qemu-mips" },
  little: { compiler: "mipsel-linux-gnu-gcc", emulator: "qemu-mipsel" },
};

/** Freestanding, with absolute addresses; `-fno-tree-loop-distribute-patterns` keeps `memset` from calling itself. */
const FLAGS = [
  "-static",
  "-nostdlib",
  "-ffreestanding",
  "-fno-pic",
  "-mno-abicalls",
  "-fno-tree-loop-distribute-patterns",
  "-Wno-unused",
];

export interface CompileOptions {
  readonly endianness: Endianness;
  /** Such as `-O2`. */
  readonly flags?: readonly string[];
}

const programs = path.dirname(fileURLToPath(import.meta.url));

/** True, and said on standard error, when a tool is missing; an error where RESTEP_REQUIRE_TOOLS=1 demands them. */
export function lacksTools(): boolean {
  const tools = Object.values(TOOLS).flatMap(({ compiler, emulator }) => [compiler, emulator]);
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  if (missing.length === 0) return false;
  const message = `not installed: ${missing.join(", ")}`;
  if (process.env.RESTEP_REQUIRE_TOOLS === "1") throw new Error(`${message}, and RESTEP_REQUIRE_TOOLS=1 requires them`);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return true;
}

/** Runs `use` with the path of the compiled program; the file is gone afterwards. */
function withCompiled<Result>(source: string, options: CompileOptions, use: (binary: string) => Result): Result {
  const folder = mkdtempSync(path.join(tmpdir(), "restep-program-"));
  try {
    const binary = path.join(folder, "program");
    const { compiler } = TOOLS[options.endianness];
    const args = [...FLAGS, ...(options.flags ?? ["-O2"]), "-o", binary, path.join(programs, source), "-lgcc"];
    const { status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${compiler} ${args.join(" ")}: ${stderr}`);
    return use(binary);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface CompiledProgram {
  readonly bytes: Uint8Array;
  /** What qemu made of it. */
  readonly stdout: Uint8Array;
  readonly status: number | null;
}

export interface ProgramRun {
  readonly args?: readonly string[];
  readonly stdin?: Uint8Array;
}

export function compileAndRun(source: string, options: CompileOptions, run: ProgramRun = {}): CompiledProgram {
  return withCompiled(source, options, (binary) => {
    const { emulator } = TOOLS[options.endianness];
    const { status, stdout, error } = spawnSync(emulator, [binary, ...(run.args ?? [])], {
      input: run.stdin ?? new Uint8Array(0),
      maxBuffer: 1 << 26,
    });
    if (error) throw error;
    return { bytes: readFileSync(binary), stdout, status };
  });
}
