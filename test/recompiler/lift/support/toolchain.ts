/** C to MIPS and the answers of qemu, for tests of whole programs. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Endianness } from "../../../../shared/recompiler/machine.ts";

const TOOLS = {
  big: { compiler: "mips-linux-gnu-gcc", emulator: "qemu-mips" },
  little: { compiler: "mipsel-linux-gnu-gcc", emulator: "qemu-mipsel" },
} as const;

const SOURCES = join(import.meta.dirname, "..", "programs");

function isInstalled(tool: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, tool)));
}

const missing = Object.values(TOOLS)
  .flatMap(({ compiler, emulator }) => [compiler, emulator])
  .filter((tool) => !isInstalled(tool));

/**
 * Whether to leave out the tests that need the tools, having said so. They are never left out where
 * `RESTEP_REQUIRE_TOOLS=1`: they fail there.
 */
export function lacksTools(): boolean {
  if (missing.length === 0 || process.env.RESTEP_REQUIRE_TOOLS === "1") return false;
  console.warn(
    `SKIPPED: tests of whole programs need ${missing.join(", ")} (apt-get install qemu-user gcc-mips-linux-gnu gcc-mipsel-linux-gnu)`,
  );
  return true;
}

export interface Compiled {
  readonly elf: Uint8Array;
  /** What qemu prints when it runs it. */
  readonly expected: string;
}

/** Compiles one of the programs beside the tests, freestanding. @param processor as qemu calls it */
export function compileAndEmulate(
  name: string,
  endianness: Endianness,
  options: readonly string[],
  processor = "24Kf",
): Compiled {
  const { compiler, emulator } = TOOLS[endianness];
  const folder = mkdtempSync(join(tmpdir(), "restep-lift-"));
  try {
    const output = join(folder, name);
    const fixed = [
      "-ffreestanding",
      "-nostdlib",
      "-static",
      "-fno-stack-protector",
      "-Wl,-e,__start",
      "-Wl,--build-id=none",
    ];
    execFileSync(compiler, [...fixed, ...options, join(SOURCES, `${name}.c`), "-o", output], { stdio: "pipe" });
    const expected = execFileSync(emulator, ["-cpu", processor, output], { encoding: "latin1" });
    return { elf: readFileSync(output), expected };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
