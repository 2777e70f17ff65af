/** How fast recompiled programs run, against qemu-user on the same binary. */

import { basename, join } from "node:path";
import { BUILDS, type Build, exampleBinary, exampleConfig } from "../examples.ts";
import { type CommandPrefix, finish, GUEST_PROCESS, RESTEP, timeOf } from "../processes.ts";
import type { BenchCase, Metric, Suite, SuiteContext } from "../suite.ts";
import { calculatorWorkload, digestWorkload, PICTURE_WORKLOAD, type Workload } from "../workloads.ts";

const PROCESS_TIME: Metric = { name: "process_time", unit: "ms", better: "lower" };
const GUEST_TIME: Metric = { name: "guest_time", unit: "ms", better: "lower" };

export const execSuite: Suite = {
  name: "exec",
  summary: "time of the recompiled examples, against qemu-user on the same binaries",
  cases: async function* (context) {
    for (const workload of [digestWorkload(context.scratch), calculatorWorkload(), PICTURE_WORKLOAD]) {
      for (const build of BUILDS) {
        const isComparable = context.isInstalled(build.emulator);
        const { name } = exampleBinary(workload.example, build);
        if (!isComparable) {
          context.warn(`exec: ${name} is measured without comparison: ${build.emulator} is not installed`);
        }
        for (const makeCase of [processCase, guestCase]) {
          const { against, ...alone } = makeCase(workload, build, context);
          yield isComparable && against ? { ...alone, against } : alone;
        }
      }
    }
  },
};

/** What a user waits for: starting, loading and compiling included. */
function processCase({ example, whole }: Workload, build: Build, { now, scratch }: SuiteContext): BenchCase {
  const { name, path } = exampleBinary(example, build);
  let exec: CommandPrefix | undefined;
  const timeWith = async (command: CommandPrefix) => {
    const { elapsed } = await timeOf(now, command, whole.args, whole.output);
    return { process_time: elapsed };
  };
  return {
    name,
    metrics: [PROCESS_TIME],
    subject: {
      name: "restep",
      sample: () => {
        exec ??= publish(example, path, scratch);
        return timeWith(exec);
      },
    },
    against: { name: build.emulator, sample: () => timeWith([build.emulator, path]) },
  };
}

/** Takes the binary through a whole run, with its example's config; returns the command that executes what it published. */
function publish(example: string, path: string, scratch: string): CommandPrefix {
  const folder = join(scratch, basename(path, ".elf"));
  const store = ["--store", join(scratch, "store")];
  finish(RESTEP, ["pack", path, "-o", folder, "--config", exampleConfig(example)]);
  const { output } = finish(RESTEP, ["run", join(folder, "manifest.json"), "--json", ...store]);
  const { run_id } = JSON.parse(output.trimEnd().split("\n").at(-1)!) as { run_id: string };
  return [...RESTEP, "exec", run_id, ...store, "--"];
}

/** The program's own time: Restep's from entry to exit; the emulator's beyond what it takes with nothing to do. */
function guestCase({ example, whole, nothing }: Workload, build: Build, { now }: SuiteContext): BenchCase {
  const { name, path } = exampleBinary(example, build);
  return {
    name,
    metrics: [GUEST_TIME],
    subject: {
      name: "restep",
      sample: async () => {
        const { errors } = await timeOf(now, GUEST_PROCESS, [path, ...whole.args], whole.output);
        return { guest_time: Number(errors.trim()) };
      },
    },
    against: {
      name: build.emulator,
      sample: async () => {
        const emulator: CommandPrefix = [build.emulator, path];
        const start = await timeOf(now, emulator, nothing.args, nothing.output);
        const all = await timeOf(now, emulator, whole.args, whole.output);
        return { guest_time: all.elapsed - start.elapsed };
      },
    },
  };
}
