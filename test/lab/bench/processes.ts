import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { packageRoot } from "../../../shared/local/installation/package.ts";
import { timed } from "./measure.ts";
import type { Now } from "./suite.ts";

/** A command and the arguments before those of the program it runs. */
export type CommandPrefix = readonly [command: string, ...args: string[]];

/** The build is what is measured, whether the benchmark itself runs from it or, in a test, from its source. */
const built = join(packageRoot, "dist");

/** The project's own command line, as the `restep` bin starts it. */
export const RESTEP: CommandPrefix = [process.execPath, join(built, "scripts", "restep.js")];

/** Runs a binary recompiled and tells the time inside; see there. */
export const GUEST_PROCESS: CommandPrefix = [process.execPath, join(built, "test", "lab", "bench", "guest-process.js")];

export interface Finished {
  readonly output: string;
  readonly bytes: Uint8Array;
  readonly errors: string;
}

/** What a program must have written: text, or bytes by their SHA-256. */
export type Expected = string | { readonly sha256: string };

/** Runs a command. @throws {Error} with its standard error when it ends with anything but 0 */
export function finish([command, ...prefix]: CommandPrefix, args: readonly string[]): Finished {
  const { error, status, signal, stdout, stderr } = spawnSync(command, [...prefix, ...args], {
    maxBuffer: 1 << 26,
  });
  if (error) throw error;
  if (status !== 0) {
    const ending = signal === null ? `exit status ${status}` : signal;
    throw new Error(`${[command, ...prefix].join(" ")}: ${ending}: ${stderr.toString().trim().slice(-2000)}`);
  }
  return { output: stdout.toString(), bytes: stdout, errors: stderr.toString() };
}

/**
 * Milliseconds from starting a command to its end, and what it wrote on standard error.
 *
 * @throws {Error} when it fails, or its standard output is not the expected one
 */
export async function timeOf(now: Now, prefix: CommandPrefix, args: readonly string[], expected: Expected) {
  const { elapsed, value } = await timed(now, () => finish(prefix, args));
  const found = typeof expected === "string" ? value.output : { sha256: sha256Of(value.bytes) };
  if (!isDeepStrictEqual(found, expected)) {
    throw new Error(`${prefix[0]}: expected the output ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }
  return { elapsed, errors: value.errors };
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
