import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { seededRandomness, steppingClock } from "../../shared/recompiler/runtime/clocks.ts";
import { runModule } from "../../shared/recompiler/runtime/host.ts";
import { hostFiles } from "../../shared/recompiler/runtime/host-files.ts";
import { memoryFiles } from "../../shared/recompiler/runtime/memory-files.ts";
import { type Recompiled, recompile } from "../lab/bench/recompile.ts";
import { isMissing } from "./tools.ts";

/** The builds of every example: file suffix and the emulator that runs it. */
export const BUILDS = [
  { endianness: "big", suffix: "be", emulator: "qemu-mips" },
  { endianness: "little", suffix: "le", emulator: "qemu-mipsel" },
] as const;

export type Build = (typeof BUILDS)[number];

/** Output as Latin-1, so that no byte is lost. `status` is null after a signal or a trap. */
export interface GuestResult {
  readonly output: string;
  readonly errors: string;
  readonly status: number | null;
}

/** A way to run an example's binary to its end. */
export interface Engine {
  readonly title: string;
  readonly isMissing: boolean;
  run(example: string, args: readonly string[], input?: string | Uint8Array): GuestResult;
}

export function binaryOf(example: string, build: Build): string {
  return `examples/${example}/${example}-${build.suffix}.elf`;
}

function emulatorOf(build: Build): Engine {
  return {
    title: `${build.endianness}-endian, under ${build.emulator}`,
    isMissing: isMissing(build.emulator),
    run(example, args, input = "") {
      const { status, stdout, stderr, error } = spawnSync(build.emulator, [binaryOf(example, build), ...args], {
        input,
        encoding: "latin1",
        maxBuffer: 1 << 26,
      });
      if (error) throw error;
      return { output: stdout, errors: stderr, status };
    },
  };
}

function recompilerOf(build: Build): Engine {
  const modules = new Map<string, Recompiled>();
  const moduleOf = (example: string): Recompiled => {
    const module = modules.get(example) ?? recompile(readFileSync(binaryOf(example, build)));
    modules.set(example, module);
    return module;
  };
  return {
    title: `${build.endianness}-endian, recompiled`,
    isMissing: false,
    run(example, args, input = "") {
      const { image, layout, module } = moduleOf(example);
      const streams = memoryFiles({ stdin: typeof input === "string" ? Buffer.from(input, "latin1") : input });
      const outcome = runModule(
        module,
        { layout, endianness: image.endianness, entry: image.entry, args: [example, ...args], env: [] },
        {
          files: { ...streams, open: hostFiles({ args }).open },
          clock: steppingClock(),
          randomness: seededRandomness(),
        },
      );
      const message = outcome.kind === "trap" ? outcome.message : "";
      return {
        output: Buffer.from(streams.stdout()).toString("latin1"),
        errors: Buffer.from(streams.stderr()).toString("latin1") + message,
        status: outcome.kind === "exit" ? outcome.status : null,
      };
    },
  };
}

/** Every way to run every build: what one prints, all print. */
export const ENGINES: readonly Engine[] = BUILDS.flatMap((build) => [emulatorOf(build), recompilerOf(build)]);
