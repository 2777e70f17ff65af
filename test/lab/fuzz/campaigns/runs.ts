/** Stores of runs that somebody damaged, read by everything that reads. */

import { type ChildProcess, execFileSync, fork } from "node:child_process";
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { packageRoot } from "../../../../shared/local/installation/package.ts";
import { openRuns } from "../../../../shared/local/open-runs.ts";
import { CRASH_TEST, writeSubject } from "../../crash/subject.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { DAMAGES } from "../damages.ts";
import type { Random } from "../random.ts";
import type { ReadAnswer } from "../run-reader.ts";

const READER = join(packageRoot, "dist", "test", "lab", "fuzz", "run-reader.js");
const MOST_MEGABYTES = 900;
const OTHER_RUN = "7a000000-0000-4000-8000-000000000001";

interface Place {
  readonly store: string;
  readonly random: Random;
  /** What is damaged. */
  readonly path: string;
  /** Another file of the store. */
  readonly other: string;
}

/** What is done to files otherwise than to their bytes. */
const FILES: Readonly<Record<string, (place: Place) => void>> = {
  "a file removed": ({ path }) => rmSync(path),
  "files swapped": ({ path, other }) => {
    const bytes = readFileSync(path);
    writeFileSync(path, readFileSync(other));
    writeFileSync(other, bytes);
  },
  "a file over another": ({ path, other }) => writeFileSync(path, readFileSync(other)),
  "a link to another file": ({ path, other }) => {
    rmSync(path);
    symlinkSync(other, path);
  },
  "a link to itself as it was": ({ store, path }) => {
    renameSync(path, `${store}.moved`);
    symlinkSync(`${store}.moved`, path);
  },
  "a link that leads nowhere": ({ path }) => {
    rmSync(path);
    symlinkSync("/nowhere/at/all", path);
  },
  "links in a circle": ({ path }) => {
    rmSync(path);
    symlinkSync(path, path);
  },
  "a link to a device without end": ({ path }) => {
    rmSync(path);
    symlinkSync("/dev/zero", path);
  },
  "a FIFO": ({ path }) => {
    rmSync(path);
    execFileSync("mkfifo", [path]);
  },
  "a folder in a file's place": ({ path }) => {
    rmSync(path);
    mkdirSync(path);
  },
  "a terabyte of zeros behind it": ({ path }) => truncateSync(path, 2 ** 40),
  "a file that nobody knows": ({ path, random }) => writeFileSync(`${path}.${random.below(1000)}`, random.bytes(40)),
};

/** The same for folders. */
const FOLDERS: Readonly<Record<string, (place: Place) => void>> = {
  "a folder removed": ({ path }) => rmSync(path, { recursive: true }),
  "a folder emptied": ({ path }) => {
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
  },
  "a file in a folder's place": ({ path }) => {
    rmSync(path, { recursive: true });
    writeFileSync(path, "");
  },
  "a FIFO in a folder's place": ({ path }) => {
    rmSync(path, { recursive: true });
    execFileSync("mkfifo", [path]);
  },
  "a folder by another name": ({ path }) => renameSync(path, `${path}.away`),
};

interface Template {
  readonly store: string;
  readonly runs: readonly string[];
}

/** A run that has ended, and one that waits for a person. */
async function makeTemplate(scratch: string): Promise<Template> {
  const store = join(scratch, "store");
  const { manifest, runId } = await writeSubject(join(scratch, "subject"));
  const other = join(dirname(manifest), "other.json");
  writeFileSync(other, JSON.stringify({ ...JSON.parse(readFileSync(manifest, "utf8")), run_id: OTHER_RUN }));
  const runs = await openRuns({ store, workers: 1 });
  await (await runs.start(manifest)).outcome;
  await runs.approve(runId, "publish", { by: CRASH_TEST, reason: "tried" });
  await (await runs.resume(runId)).outcome;
  await (await runs.start(other)).outcome;
  await runs.close();
  return { store, runs: [runId, OTHER_RUN] };
}

export const runs: Campaign = {
  name: "runs",
  about: "damaged stores of runs, given to every verb that reads",
  count: 1_000,
  secondsPerTrial: 30,
  async open({ scratch }) {
    const template = await makeTemplate(scratch);
    let child: ChildProcess | undefined;
    const read = (store: string): Promise<ReadAnswer | string> => {
      const reader = child ?? fork(READER, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
      child = reader;
      return new Promise<ReadAnswer | string>((resolve) => {
        reader.once("message", (message) => resolve(message as ReadAnswer));
        reader.once("exit", (code, signal) => {
          child = undefined;
          resolve(`the process that read it died with ${signal ?? code}`);
        });
        reader.send({ store, runs: template.runs });
      }).finally(() => reader.removeAllListeners());
    };
    const whole = await read(template.store);
    if (typeof whole === "string" || whole.isVerified !== true || whole.hasChanged)
      throw new Error(`what is not damaged is not read as such: ${JSON.stringify(whole)}`);
    return {
      async attempt({ random, scratch: folder }: Trial): Promise<TrialResult> {
        const store = join(folder, "store");
        cpSync(template.store, store, { recursive: true, preserveTimestamps: true });
        const { kind, where } = damage(store, random);
        const answer = await read(store);
        if (typeof answer === "string") return { kind, problems: [`${where}: ${answer}`] };
        const isFound = answer.isVerified !== true;
        return {
          kind: `${kind}: ${isFound ? "found" : "harmless"}`,
          problems: problemsOf(answer, whole, isFound).map((problem) => `${where}: ${problem}`),
          measures: { "peak MiB": answer.peakMegabytes },
        };
      },
      close: async () => void child?.kill("SIGKILL"),
    };
  },
};

function problemsOf(answer: ReadAnswer, whole: ReadAnswer, isFound: boolean): string[] {
  const problems: string[] = [];
  if (answer.hasChanged) problems.push("reading changed the store");
  if (answer.peakMegabytes > MOST_MEGABYTES) problems.push(`reading took ${answer.peakMegabytes} MiB`);
  for (const [index, expected] of whole.modules.entries()) {
    const found = answer.modules[index] ?? "error";
    if (found === "gone") continue;
    if (found !== expected && found !== "error") problems.push(`another module was handed out: ${found}`);
    if (found !== expected && !isFound) problems.push("verify found nothing, and the program is not there");
  }
  for (const [index, expected] of whole.statuses.entries()) {
    const found = answer.statuses[index] ?? "error";
    if (found === "gone") continue;
    if (found !== expected && !isFound)
      problems.push(`verify found nothing, and the status is ${found}, not ${expected}`);
  }
  return problems;
}

/** @returns what was done, and to what: a path in the store */
function damage(store: string, random: Random): { readonly kind: string; readonly where: string } {
  const entries = readdirSync(store, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  const folders = paths.filter((path) => lstatSync(path).isDirectory());
  const files = paths.filter((path) => lstatSync(path).isFile());
  const isFolder = random.isTrue(0.15);
  // Half of the files are artifacts: what is there once is tried as often.
  const isArtifact = (path: string) => relative(store, path).startsWith("artifacts/");
  const isOther = random.isTrue(0.7);
  const path = random.pick(isFolder ? folders : files.filter((each) => isArtifact(each) !== isOther));
  const other = random.pick(files.filter((each) => each !== path));
  const place = { store, random, path, other };
  const where = relative(store, path);
  if (!isFolder && random.isTrue(0.5)) {
    const [kind, change] = random.pick(Object.entries(DAMAGES));
    const bytes = readFileSync(path);
    const changed = bytes.length === 0 ? Buffer.from("x") : change(bytes, random);
    if (!changed.equals(bytes)) {
      writeFileSync(path, changed);
      return { kind, where };
    }
  }
  const [kind, change] = random.pick(Object.entries(isFolder ? FOLDERS : FILES));
  change(place);
  return { kind, where };
}
