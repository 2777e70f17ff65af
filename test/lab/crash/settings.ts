import { parseArgs } from "node:util";
import { parseCount } from "../../../scripts/cli/arguments.ts";
import { UsageError } from "../../../scripts/cli/exit-codes.ts";
import { DISTURBANCES, type Disturbance, type Point } from "./point.ts";

export const HELP = `npm run crash -- --slice 1/20

Runs a small example and disturbs it at every file operation in turn: the operation fails, the disk is full, a write is torn,
the process is killed, the power is cut. Each time the run is resumed, disturbed once more, resumed again, and must end as if nothing had been.

  --slice I/N      every Nth point only, beginning with the Ith
  --faults KINDS   of ${DISTURBANCES.join(", ")}; default all
  --workers LIST   worker threads; default 1,2
  --from N, --to N points from N to N, both included
  --seed S         chooses the second disturbance; default 1
  --jobs J         runs at a time; default one for each core
  --keep           leaves the stores of failed points for a look
  --disk MODULE    file whose \`over(fileSystem)\` gives the file system to run on
  --json           one JSON object for each kind of fault and number of workers, and one for all

Exit codes: 0 nothing failed, 1 something failed or nothing was tried, 2 bad usage.
`;

export interface Settings {
  readonly slice: { readonly part: number; readonly of: number };
  readonly faults: readonly Disturbance[];
  readonly workers: readonly number[];
  readonly from: number;
  readonly to: number;
  readonly seed: number;
  readonly jobs: number;
  readonly keep: boolean;
  readonly disk?: string;
  readonly json: boolean;
}

const OPTIONS = {
  slice: { type: "string", default: "1/1" },
  faults: { type: "string", default: DISTURBANCES.join(",") },
  workers: { type: "string", default: "1,2" },
  from: { type: "string", default: "1" },
  to: { type: "string" },
  seed: { type: "string", default: "1" },
  jobs: { type: "string" },
  keep: { type: "boolean", default: false },
  disk: { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/** @returns undefined when help is asked for @throws {UsageError} */
export function parseSettings(args: readonly string[], cores: number): Settings | undefined {
  const values = parseValues(args);
  if (values.help) return undefined;
  const { disk, jobs, to } = values;
  return {
    slice: parseSlice(values.slice),
    faults: values.faults.split(",").map(parseFault),
    workers: values.workers.split(",").map((text) => parseCount("--workers", text, 1)),
    from: parseCount("--from", values.from, 1),
    to: to === undefined ? Number.POSITIVE_INFINITY : parseCount("--to", to, 1),
    seed: parseCount("--seed", values.seed, 0),
    jobs: jobs === undefined ? cores : parseCount("--jobs", jobs, 1),
    keep: values.keep,
    ...(disk === undefined ? {} : { disk }),
    json: values.json,
  };
}

/** The command that tries one point again. */
export function reproduction({ workers, kind, at }: Point, { seed, disk }: Settings): string {
  const where = `--faults ${kind} --workers ${workers} --from ${at} --to ${at}`;
  return `npm run crash -- ${where} --seed ${seed}${disk === undefined ? "" : ` --disk ${disk}`} --keep`;
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parseSlice(text: string): Settings["slice"] {
  const [part = "", of = "", ...more] = text.split("/");
  const slice = { part: parseCount("--slice", part, 1), of: parseCount("--slice", of, 1) };
  if (more.length > 0 || slice.part > slice.of) {
    throw new UsageError(`--slice: expected I/N with I from 1 to N, such as 1/20; found "${text}"`);
  }
  return slice;
}

function parseFault(text: string): Disturbance {
  const kind = DISTURBANCES.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new UsageError(`--faults: expected some of ${DISTURBANCES.join(", ")}; found "${text}"`);
}
