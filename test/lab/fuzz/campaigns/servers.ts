/** Stores of the Step Functions server that somebody damaged while no server ran. */

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { functionsResolver, realTimeClock, timeSkippingClock } from "../../../../shared/asl/index.ts";
import { startStoredSfnServer } from "../../../../shared/local/sfn.ts";
import type { Campaign, Trial, TrialResult } from "../campaign.ts";
import { DAMAGES } from "../damages.ts";
import type { Random } from "../random.ts";
import { callerOf, type Ended, endsOf, isFound, machines, type Told, untilNothingMoves } from "../served-machines.ts";

const FILE_DAMAGES = ["removed", "swapped with another", "in the place of another"] as const;

interface Template {
  readonly store: string;
  /** As they end where nothing is damaged. */
  readonly ends: ReadonlyMap<string, Ended>;
  /** Tasks whose ends were stored: they must not be done again. */
  readonly finished: ReadonlySet<string>;
}

export const servers: Campaign = {
  name: "servers",
  about: "damaged stores given to the Step Functions server",
  count: 1_000,
  secondsPerTrial: 60,
  async open({ scratch }) {
    const template = await makeTemplate(join(scratch, "template"));
    return {
      async attempt({ random, scratch: folder }: Trial): Promise<TrialResult> {
        const store = join(folder, "sfn");
        cpSync(template.store, store, { recursive: true });
        const damaged = damage(store, random);
        const { told, isSaid } = await serve(store);
        const problems = problemsOf(template, damaged.files, told);
        const isSeen = isSaid || [...told.ends.values()].some(isFound);
        return { kind: `${damaged.kind}: ${isSeen ? "found" : "harmless"}`, problems };
      },
      close: async () => undefined,
    };
  },
};

async function makeTemplate(store: string): Promise<Template> {
  const done = new Set<string>();
  const server = await startStoredSfnServer(
    store,
    { clock: realTimeClock, resolver: resolverOf((task) => done.add(task)) },
    () => undefined,
  );
  const call = callerOf(server.url);
  for (const { name, definition, executions } of machines) {
    const { stateMachineArn } = await call("CreateStateMachine", {
      name,
      definition,
      roleArn: "arn:aws:iam::000000000000:role/r",
      publish: true,
    });
    for (const each of executions) await call("StartExecution", { stateMachineArn, name: each, input: '{"n":1}' });
  }
  await call("CreateActivity", { name: "a" });
  await untilNothingMoves(call);
  await server.close();
  const again = join(store, "..", "undisturbed");
  cpSync(store, again, { recursive: true });
  const { told } = await serve(again);
  const repeated = told.tasks.filter((task) => done.has(task));
  if (repeated.length > 0)
    throw new Error(`tasks that were done are done again, although nothing is damaged: ${repeated}`);
  return { store, ends: told.ends, finished: done };
}

/** The task `work` gives back what it was called with, and is told of. */
function resolverOf(tell: (task: string) => void) {
  return functionsResolver({
    work(event: { readonly task: string }) {
      tell(event.task);
      return event.task;
    },
  });
}

/** Serves a store until everything has ended that can. */
async function serve(store: string): Promise<{ readonly told: Told; readonly isSaid: boolean }> {
  const tasks: string[] = [];
  let isSaid = false;
  const options = {
    clock: timeSkippingClock(),
    resolver: resolverOf((task) => tasks.push(task)),
    onFailure: () => {
      isSaid = true;
    },
  };
  const server = await startStoredSfnServer(store, options, () => {
    isSaid = true;
  });
  try {
    const ends = await endsOf(callerOf(server.url));
    return { told: { ends, tasks }, isSaid };
  } finally {
    await server.close();
  }
}

/** @returns what was done, and to which files, as paths in the store */
function damage(store: string, random: Random): { readonly kind: string; readonly files: readonly string[] } {
  const files = readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(store, join(entry.parentPath, entry.name)))
    .sort();
  const file = random.pick(files);
  const path = join(store, file);
  if (random.isTrue(0.8)) {
    const [kind, change] = random.pick(Object.entries(DAMAGES));
    const bytes = readFileSync(path);
    const changed = change(bytes, random);
    // What would change nothing is done otherwise.
    if (!changed.equals(bytes)) {
      writeFileSync(path, changed);
      return { kind, files: [file] };
    }
  }
  const kind = random.pick(FILE_DAMAGES);
  const other = random.pick(files.filter((each) => each !== file));
  const bytes = readFileSync(path);
  if (kind === "removed") {
    rmSync(path);
    return { kind, files: [file] };
  }
  if (kind === "swapped with another") writeFileSync(path, readFileSync(join(store, other)));
  writeFileSync(join(store, other), bytes);
  return { kind, files: [file, other] };
}

function problemsOf(template: Template, files: readonly string[], told: Told): string[] {
  const problems: string[] = [];
  const again = told.tasks.filter((task) => template.finished.has(task));
  if (again.length > 0) problems.push(`tasks were done again that were finished: ${again.join(", ")}`);
  for (const [name, expected] of template.ends) {
    const found = told.ends.get(name);
    if (found === undefined) {
      problems.push(`${name} is gone`);
      continue;
    }
    const isOwn = files.some((file) => expected.files.some((own) => file.startsWith(own)));
    if (isOwn && isFound(found)) continue;
    if (found.summary !== expected.summary) {
      problems.push(
        `${name}, ${isOwn ? "damaged" : "not damaged"}: expected ${expected.summary}, found ${found.summary}`,
      );
    }
  }
  return problems;
}
