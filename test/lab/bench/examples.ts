import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../shared/local/installation/package.ts";

/** An example's two builds and what else runs them. */
export const BUILDS = [
  { suffix: "be", emulator: "qemu-mips", compiler: "mips-linux-gnu-gcc" },
  { suffix: "le", emulator: "qemu-mipsel", compiler: "mipsel-linux-gnu-gcc" },
] as const;

export type Build = (typeof BUILDS)[number];

export interface ExampleBinary {
  /** The case's name, such as `sha256-be`. */
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
}

export function exampleBinary(example: string, build: Build): ExampleBinary {
  const name = `${example}-${build.suffix}`;
  const path = join(packageRoot, "examples", example, `${name}.elf`);
  return { name, path, bytes: readFileSync(path) };
}

export const exampleConfig = (example: string): string => join(packageRoot, "examples", example, "config.json");
