/** Compiles the C files beside the tests with the cross compilers, where they are installed. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endianness } from "../../../shared/recompiler/machine.ts";

const PREFIXES: Readonly<Record<Endianness, string>> = { big: "mips-linux-gnu", little: "mipsel-linux-gnu" };

/**
 * Whether a cross compiler is missing, which is said on standard error.
 *
 * @throws Error instead where RESTEP_REQUIRE_TOOLS=1
 */
export function lacksCrossCompilers(): boolean {
  const tools = Object.values(PREFIXES).flatMap((prefix) => [`${prefix}-gcc`, `${prefix}-objdump`, `${prefix}-strip`]);
  const missing = tools.filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  if (missing.length === 0) return false;
  const message = `not installed: ${missing.join(", ")}`;
  if (process.env.RESTEP_REQUIRE_TOOLS === "1") throw new Error(`${message}, and RESTEP_REQUIRE_TOOLS=1 requires them`);
  process.stderr.write(`SKIPPED: ${message}\n`);
  return true;
}

export interface CompiledBinary {
  readonly bytes: Uint8Array;
  /** The same without symbols. */
  readonly stripped: Uint8Array;
  /** What `objdump -d` prints of it. */
  readonly disassembly: () => string;
}

/** Compiles, calls back with the result, and leaves nothing behind. */
export function withCompiled<Result>(
  source: string,
  endianness: Endianness,
  flags: readonly string[],
  use: (binary: CompiledBinary) => Result,
): Result {
  const folder = mkdtempSync(join(tmpdir(), "restep-mips-"));
  const prefix = PREFIXES[endianness];
  const binary = join(folder, "binary");
  const stripped = join(folder, "stripped");
  try {
    const file = join(import.meta.dirname, "fixtures", source);
    execFileSync(`${prefix}-gcc`, [...flags, "-static", "-o", binary, file], { stdio: "pipe" });
    execFileSync(`${prefix}-strip`, ["-o", stripped, binary]);
    return use({
      bytes: readFileSync(binary),
      stripped: readFileSync(stripped),
      disassembly: () => execFileSync(`${prefix}-objdump`, ["-d", binary], { encoding: "latin1", maxBuffer: 1 << 28 }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
