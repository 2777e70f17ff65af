/** C programs with glibc: compiled, recompiled and run here, and run under qemu. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { liftShard, linkShards } from "../../../shared/recompiler/lift/index.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import { hostClock, seededRandomness } from "../../../shared/recompiler/runtime/clocks.ts";
import { type RunOutcome, runModule } from "../../../shared/recompiler/runtime/host.ts";
import { hostFiles } from "../../../shared/recompiler/runtime/host-files.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";
import { memoryFiles } from "../../../shared/recompiler/runtime/memory-files.ts";
import { meteredModule } from "../../../shared/recompiler/validation/candidate.ts";
import { digestOf, type RunComparison, replayRun } from "../../../shared/recompiler/validation/replay-run.ts";

const TOOLS: Readonly<Record<Endianness, { readonly compiler: string; readonly emulator: string }>> = {
  big: { compiler: "mips-linux-gnu-gcc", emulator: "qemu-mips" },
  little: { compiler: "mipsel-linux-gnu-gcc", emulator: "qemu-mipsel" },
};

/** What a run of a program came to. */
export interface Behaviour {
  readonly stdout: string;
  /** 128 + signal where one ended it. */
  readonly status: number;
}

/** How a program is compiled, and what it is given. */
export interface ProgramOptions {
  /** Of the compiler. Default: `-O1`. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  /** `NAME=value`; the oracle's run has none. */
  readonly env?: readonly string[];
  readonly stdin?: string;
  /** Lifts what the oracle's run entered and nothing else: one of glibc's 900 functions takes as long as those of the program. */
  readonly isLiftedAsRun?: boolean;
}

export interface Recompiled {
  readonly elf: string;
  /** Runs the recompiled program in an empty folder that it may write. */
  run(): Behaviour;
  /** What qemu makes of it in such a folder. */
  emulate(): Behaviour;
  /** The oracle's run of it, with files in memory and a clock of its own, and whether the recompiled program's is the same. */
  validate(): {
    readonly traced: Behaviour;
    readonly comparison: RunComparison;
    readonly captured: ReadonlySet<string>;
  };
  remove(): void;
}

function inEmptyFolder<Result>(parent: string, use: (folder: string) => Result): Result {
  const folder = path.join(parent, "empty");
  mkdirSync(folder);
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const statusOf = (outcome: RunOutcome): number =>
  outcome.kind === "exit" ? outcome.status : 128 + (outcome.signal ?? 0);

/** @param name of the C file beside this one, or below */
export function recompile(name: string, endianness: Endianness, options: ProgramOptions = {}): Recompiled {
  const { flags = ["-O1"], args = [], env = [], stdin = "", isLiftedAsRun = false } = options;
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), "restep-linux-")));
  const elf = path.join(scratch, path.basename(name));
  const { compiler, emulator } = TOOLS[endianness];
  const source = path.join(import.meta.dirname, `${name}.c`);
  const { status, stderr } = spawnSync(compiler, [...flags, "-static", "-o", elf, source, "-lm"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${compiler} ${source}: ${stderr}`);
  const image = loadElf(readFileSync(elf));
  const layout = layoutProcess(image);
  const functions = discoverFunctions(image);
  const input = { args: [path.basename(name), ...args], stdin: new TextEncoder().encode(stdin) };
  const traced = () =>
    traceProgram(image, functions, layout, { ...input, maxInstructions: 20_000_000, capturesPerFunction: 1 });
  const trace = isLiftedAsRun ? traced() : undefined;
  const entered = new Set(trace?.calls.filter(({ count }) => count > 0).map((call) => call.function));
  const members = isLiftedAsRun ? functions.filter(({ address }) => entered.has(address)) : functions;
  const shards = [liftShard({ image, layout, functions, members }).module];
  const module = linkShards({ image, layout, functions, shards });

  return {
    elf,
    run: () =>
      inEmptyFolder(scratch, (folder) => {
        const streams = memoryFiles({ stdin: input.stdin });
        const { standardInput, standardOutput, standardError } = streams;
        const files = {
          ...hostFiles({ root: folder, isRootWritable: true }),
          startFolder: folder,
          standardInput,
          standardOutput,
          standardError,
        };
        const start = { layout, endianness, entry: image.entry, args: input.args, env };
        const world = { files, clock: hostClock, randomness: seededRandomness() };
        const outcome = runModule(module, start, world);
        return { stdout: Buffer.from(streams.stdout()).toString(), status: statusOf(outcome) };
      }),
    emulate: () =>
      inEmptyFolder(scratch, (cwd) => {
        const command = `env -i ${emulator} "$@" 2>/dev/null; exit $?`;
        const set = env.flatMap((variable) => ["-E", variable]);
        const given = [...set, "-0", input.args[0]!, elf, ...args];
        const ended = spawnSync("sh", ["-c", command, "sh", ...given], { cwd, encoding: "utf8", input: stdin });
        return { stdout: ended.stdout, status: ended.status ?? -1 };
      }),
    validate() {
      const ran = trace ?? traced();
      const { end } = ran;
      const recorded = { ...ran, input, stdout: digestOf(ran.stdout), stderr: digestOf(ran.stderr) };
      const target = { module: meteredModule(module), layout, endianness, entry: image.entry };
      return {
        traced: { stdout: Buffer.from(ran.stdout).toString(), status: end.kind === "exit" ? end.status : -1 },
        comparison: replayRun(target, recorded),
        captured: new Set(ran.captures.map(({ address }) => functions.find((each) => each.address === address)!.name)),
      };
    },
    remove: () => rmSync(scratch, { recursive: true }),
  };
}
