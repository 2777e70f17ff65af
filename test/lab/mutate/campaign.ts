import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { randomFrom } from "../../kernel/run/fuzz/random.ts";
import type { Outcome } from "./channel.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import type { Room } from "./rooms.ts";
import { openSession, type Session } from "./session.ts";

export type Fate = "killed" | "survived" | "not_reached" | "timed_out";

export interface Judged {
  readonly mutant: Mutant;
  readonly fate: Fate;
  readonly milliseconds: number;
  /** What noticed it. */
  readonly by?: string;
}

export interface Campaign {
  /** All there are in the room. */
  readonly mutants: number;
  /** Of these, those of text for people. */
  readonly wording: number;
  readonly judged: readonly Judged[];
}

export interface CampaignOptions {
  readonly root: string;
  readonly seed: number;
  readonly count: number;
  /** Only mutants of this file, or of this line of it. */
  readonly only?: { readonly file: string; readonly line?: number };
  readonly withWording: boolean;
  readonly workers: number;
  readonly say: (line: string) => void;
}

/** The tests fail as they are, so that no mutant can be judged by them. */
export class BaselineFailed extends Error {
  override name = "BaselineFailed";
}

/** A stuck test file is given up after so many times what it took before, and this many milliseconds more. */
const PATIENCE = { times: 5, more: 10_000 };

/** What can be mutated in a room, and what of it is tried. */
export function mutantsIn(
  { sources }: Pick<Room, "sources">,
  { root, only, withWording, ...sample }: Omit<CampaignOptions, "workers" | "say">,
): { readonly all: readonly Mutant[]; readonly chosen: readonly Mutant[] } {
  const all = filesIn(root, sources, ".ts").flatMap((file) => mutantsOf(file, readFileSync(join(root, file), "utf8")));
  const wanted = all.filter((mutant) => (withWording || !mutant.isWording) && isAmong(only, mutant));
  return { all, chosen: sampled(wanted, sample) };
}

/** Runs the room's tests as they are, then with one mutant after the other. @throws {BaselineFailed} */
export async function mutate(room: Room, options: CampaignOptions): Promise<Campaign> {
  const { root, say, workers } = options;
  const { all, chosen: mutants } = mutantsIn(room, options);
  const testFiles = filesIn(root, room.tests, ".test.ts");
  const opening = { root, mutants };
  const sessions = Array.from({ length: workers }, () => openSession(opening));
  try {
    const baseline = await runBaseline(sessions, testFiles, say);
    const judged: Judged[] = [];
    const queue = mutants.map((mutant, number) => ({ mutant, number }));
    const work = async (session: Session) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const verdict = await judge(session, next.mutant, next.number, baseline);
        judged.push(verdict);
        const { file, line, operator } = next.mutant;
        const at = `${judged.length}/${mutants.length}`;
        say(
          `${at} ${verdict.fate} ${file}:${line} ${operator} ${Math.round(verdict.milliseconds)} ms ${verdict.by ?? ""}`,
        );
      }
    };
    await Promise.all(sessions.map(work));
    return { mutants: all.length, wording: all.filter(({ isWording }) => isWording).length, judged };
  } finally {
    for (const session of sessions) session.end();
  }
}

type Baseline = ReadonlyMap<string, Outcome>;

async function runBaseline(
  sessions: readonly Session[],
  testFiles: readonly string[],
  say: CampaignOptions["say"],
): Promise<Baseline> {
  const baseline = new Map<string, Outcome>();
  const queue = [...testFiles];
  const work = async (session: Session) => {
    for (let testFile = queue.shift(); testFile !== undefined; testFile = queue.shift()) {
      const outcome = await session.run({ testFile }, 600_000);
      if (outcome.verdict !== "passed") {
        throw new BaselineFailed(`${testFile} fails without any mutant: ${outcome.why}. Mend it first.`);
      }
      baseline.set(testFile, outcome);
      say(`baseline ${baseline.size}/${testFiles.length} ${testFile} ${Math.round(outcome.milliseconds)} ms`);
    }
  };
  await Promise.all(sessions.map(work));
  return baseline;
}

/** A mutant that survives so many files is taken for a survivor: the others know too much else to be its tests. */
const MOST_FILES = 12;

/** With so many files stuck, a mutant is taken for one that is stuck in all. */
const MOST_STUCK = 2;

/** Runs the test files that reach the mutant until one of them fails: of the nearest, the fastest first. */
async function judge(session: Session, mutant: Mutant, number: number, baseline: Baseline): Promise<Judged> {
  const reaching = [...baseline]
    .map(([testFile, { milliseconds, hits }]) => ({ testFile, milliseconds, hits: new Map(hits).get(number) ?? 0 }))
    .filter(({ hits }) => hits > 0)
    .sort((a, b) => nearness(mutant.file, b.testFile) - nearness(mutant.file, a.testFile) || b.hits - a.hits)
    .slice(0, MOST_FILES)
    .sort((a, b) => a.milliseconds - b.milliseconds);
  if (reaching.length === 0) return { mutant, fate: "not_reached", milliseconds: 0 };
  let milliseconds = 0;
  const stuck: string[] = [];
  for (const { testFile, hits, milliseconds: before } of reaching) {
    const deadline = PATIENCE.more + PATIENCE.times * before;
    const outcome = await session.run({ testFile, mutant: number, mostHits: 1_000 + 100 * hits }, deadline);
    milliseconds += outcome.milliseconds;
    if (outcome.verdict === "timed_out" && stuck.push(testFile) === MOST_STUCK) break;
    if (outcome.verdict === "failed") {
      return { mutant, fate: "killed", milliseconds, by: `${testFile}: ${outcome.why}` };
    }
  }
  return stuck.length === 0
    ? { mutant, fate: "survived", milliseconds }
    : { mutant, fate: "timed_out", milliseconds, by: stuck.join(", ") };
}

/** Tests mirror the sources: how many folders two files have in common, and one more where they have a name in common. */
export function nearness(source: string, test: string): number {
  const [[, ...from], [, ...to]] = [source.split("/"), test.split("/")];
  const apart = from.findIndex((folder, depth) => folder !== to[depth]);
  const name = from.at(-1)?.replace(/\.ts$/, "") ?? "";
  return apart + (to.at(-1)?.startsWith(name) ? 1 : 0);
}

/** So many of them by chance, the same for the same seed; in the order of the files. */
function sampled(mutants: readonly Mutant[], { seed, count }: Pick<CampaignOptions, "seed" | "count">): Mutant[] {
  const random = randomFrom(seed);
  const rest = mutants.map((_, index) => index);
  const chosen: number[] = [];
  while (chosen.length < count && rest.length > 0) {
    const at = random.below(rest.length);
    chosen.push(rest[at]!);
    rest[at] = rest.at(-1)!;
    rest.pop();
  }
  return chosen.sort((a, b) => a - b).map((index) => mutants[index]!);
}

function isAmong(only: CampaignOptions["only"], { file, line }: Mutant): boolean {
  return only === undefined || (file === only.file && (only.line === undefined || line === only.line));
}

/** Files under these folders, or these files; relative to the root, in a fixed order. */
function filesIn(root: string, places: readonly string[], ending: string): string[] {
  const found = places.flatMap((place) => {
    const path = join(root, place);
    if (statSync(path).isFile()) return [place];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
  });
  return [...new Set(found)].sort();
}
