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

/** @param name of the C file beside this one */
export function recompile(name: string, endianness: Endianness): Recompiled {
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), "restep-linux-")));
  const elf = path.join(scratch, name);
  const { compiler, emulator } = TOOLS[endianness];
  const source = path.join(import.meta.dirname, `${name}.c`);
  const { status, stderr } = spawnSync(compiler, ["-O1", "-static", "-o", elf, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${compiler} ${source}: ${stderr}`);
  const image = loadElf(readFileSync(elf));
  const layout = layoutProcess(image);
  const functions = discoverFunctions(image);
  const shards = [liftShard({ image, layout, functions, members: functions }).module];
  const module = linkShards({ image, layout, functions, shards });

  return {
    elf,
    run: () =>
      inEmptyFolder(scratch, (folder) => {
        const streams = memoryFiles();
        const { standardInput, standardOutput, standardError } = streams;
        const files = {
          ...hostFiles({ root: folder, isRootWritable: true }),
          startFolder: folder,
          standardInput,
          standardOutput,
          standardError,
        };
        const start = { layout, endianness, entry: image.entry, args: [name], env: [] };
        const world = { files, clock: hostClock, randomness: seededRandomness() };
        const outcome = runModule(module, start, world);
        return { stdout: Buffer.from(streams.stdout()).toString(), status: statusOf(outcome) };
      }),
    emulate: () =>
      inEmptyFolder(scratch, (cwd) => {
        const command = `${emulator} "$0" </dev/null 2>/dev/null; exit $?`;
        const ended = spawnSync("sh", ["-c", command, elf], { cwd, encoding: "utf8" });
        return { stdout: ended.stdout, status: ended.status ?? -1 };
      }),
    validate() {
      const input = { args: [name] };
      const limits = { maxInstructions: 20_000_000, capturesPerFunction: 1 };
      const trace = traceProgram(image, functions, layout, { ...input, ...limits });
      const { end } = trace;
      const recorded = { ...trace, input, stdout: digestOf(trace.stdout), stderr: digestOf(trace.stderr) };
      const target = { module: meteredModule(module), layout, endianness, entry: image.entry };
      return {
        traced: { stdout: Buffer.from(trace.stdout).toString(), status: end.kind === "exit" ? end.status : -1 },
        comparison: replayRun(target, recorded),
        captured: new Set(
          trace.captures.map(({ address }) => functions.find((each) => each.address === address)!.name),
        ),
      };
    },
    remove: () => rmSync(scratch, { recursive: true }),
  };
}
