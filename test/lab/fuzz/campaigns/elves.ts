/** ELF files made wrong, through discovery, lift, link, oracle and module, in processes that take many after another. */

import { type ChildProcess, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../../shared/local/installation/package.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { ELF_MUTATIONS } from "../elf-mutations.ts";
import type { ElfAnswer } from "../elf-process.ts";

const SECONDS = 20;
const MOST_MEGABYTES = 1200;

const PROCESS = join(packageRoot, "dist", "test", "lab", "fuzz", "elf-process.js");

const SOURCES = ["sha256/sha256-be", "sha256/sha256-le", "dispatch/dispatch-be", "dispatch/dispatch-le"].map((name) =>
  join(packageRoot, "examples", `${name}.elf`),
);

/** What a file is as it is handed in: one in forty unchanged, so that it is seen that all goes its way. */
function fileOf({ number, random }: Trial): { readonly kind: string; readonly bytes: Uint8Array } {
  const bytes = Uint8Array.from(readFileSync(random.pick(SOURCES)));
  if (random.isTrue(1 / 40)) return { kind: "unchanged", bytes };
  const mutation = ELF_MUTATIONS[number % ELF_MUTATIONS.length] ?? random.pick(ELF_MUTATIONS);
  return { kind: mutation.name, bytes: mutation.apply(bytes, random) };
}

export const elves: Campaign = {
  name: "elves",
  about: "ELF files made wrong, through discovery, lift, oracle and the linked module",
  count: 5000,
  secondsPerTrial: SECONDS,
  open: async () => {
    let child: ChildProcess | undefined;
    let stderr = "";
    const start = (): ChildProcess => {
      const started = fork(PROCESS, {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        execArgv: ["--max-old-space-size=1024"],
      });
      stderr = "";
      started.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
        stderr = (stderr + chunk).slice(-2000);
      });
      return started;
    };
    return {
      async attempt(trial: Trial): Promise<TrialResult> {
        const { kind, bytes } = fileOf(trial);
        writeFileSync(join(trial.scratch, "trial.elf"), bytes);
        const process = child ?? start();
        child = process;
        const answer = await new Promise<ElfAnswer | string>((resolve) => {
          process.once("message", (message) => resolve(message as ElfAnswer));
          process.once("exit", (code, signal) => resolve(`the process died with ${signal ?? code}: ${stderr}`));
          process.send(Buffer.from(bytes).toString("base64"));
        });
        process.removeAllListeners();
        if (typeof answer === "string") {
          child = undefined;
          return { kind, problems: [answer] };
        }
        const { outcome, problems, notes = [], peakMegabytes } = answer;
        const isRight = kind !== "unchanged" || outcome === "exit, agrees" || outcome === "budget, agrees";
        return {
          kind,
          problems: [
            ...problems,
            ...(isRight ? [] : [`an example came to: ${outcome}`]),
            ...(peakMegabytes > MOST_MEGABYTES
              ? [`it took ${Math.round(peakMegabytes)} MiB of memory (${outcome})`]
              : []),
          ],
          notes,
          measures: { "peak MiB": peakMegabytes },
        };
      },
      close: async () => void child?.kill("SIGKILL"),
    };
  },
};
