import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { LiftRecord, Obstacle, PlannedFunction } from "../contracts/program.ts";
import type { ComparedRun, Gap, TestRecord, TracedRun, ValidationTotals } from "../contracts/validation.ts";
import { requirementsOf } from "../contracts/validation-settings.ts";

/** Totals of functions' tests; instructions say more than functions, of which one may be a hundred times another. */
export function totalsOf(functions: readonly TestRecord[]): ValidationTotals {
  const count = (status: TestRecord["status"]) => functions.filter((each) => each.status === status).length;
  return {
    tested: count("tested"),
    disproven: count("disproven"),
    untested: count("untested"),
    instructions: functions.reduce((sum, each) => sum + each.instructions, 0),
    instructions_run: functions.reduce((sum, each) => sum + each.instructions_run, 0),
  };
}

/** What the gate decides on. */
export interface Evidence {
  readonly settings: ConfigManifest["validation"];
  readonly entry: string;
  readonly planned: readonly PlannedFunction[];
  readonly lifted: readonly LiftRecord[];
  readonly traced: readonly TracedRun[];
  readonly compared: readonly ComparedRun[];
  readonly functions: readonly TestRecord[];
}

const canRun = ({ status }: LiftRecord): boolean => status === "lifted" || status === "stubbed";

export function whyNot({ status, obstacle }: LiftRecord): string {
  if (status === "excluded") return "left out by the config";
  return obstacle === undefined ? "not lifted" : `not lifted: ${describeObstacle(obstacle)}`;
}

export function describeObstacle({ instruction, address, reason }: Obstacle): string {
  return `${instruction} at ${address}: ${reason}`;
}

/** Of a function that traps where it comes to one. @param more besides the first */
export function describeObstacles(first: Obstacle, more: number): string {
  return `${more === 0 ? "an obstacle" : `${more + 1} obstacles, the first`}, ${describeObstacle(first)}`;
}

/** From where the program begins, by who called whom first. A chain that comes back to itself ends there. */
function pathTo(index: number, run: TracedRun, nameOf: (index: number) => string): string[] {
  const callers = new Map(run.functions.map((each) => [each.index, each.caller]));
  const path = [index];
  for (let caller = callers.get(index); caller !== undefined && !path.includes(caller); caller = callers.get(caller)) {
    path.unshift(caller);
  }
  return path.map(nameOf);
}

/**
 * Functions that a run reaches, or that every run begins with, and that cannot run; and those that a run left by an
 * obstacle. By address.
 */
export function gapsOf(evidence: Evidence): Gap[] {
  const { entry, planned, lifted, traced } = evidence;
  const nameOf = (index: number): string => planned[index]?.name ?? `function ${index}`;
  const reached = obstaclesReached(evidence);
  return lifted.flatMap((record): Gap[] => {
    const stopped = reached.get(record.index);
    if (canRun(record) && stopped === undefined) return [];
    const run =
      stopped?.run ?? traced.findIndex(({ functions }) => functions.some(({ index }) => index === record.index));
    if (run < 0 && record.address !== entry) return [];
    return [
      {
        function: record.name,
        address: record.address,
        reason: stopped === undefined ? whyNot(record) : describeObstacle(stopped.obstacle),
        ...(run < 0 ? {} : { run }),
        path: run < 0 ? [record.name] : pathTo(record.index, traced[run]!, nameOf),
      },
    ];
  });
}

/** By function, the first obstacle that a run on the linked module ended at. */
function obstaclesReached({ lifted, compared }: Evidence) {
  const reached = new Map<number, { readonly run: number; readonly obstacle: Obstacle }>();
  for (const { run, unlifted_at: at } of compared) {
    if (at === undefined) continue;
    for (const { index, obstacles = [] } of lifted) {
      const obstacle = obstacles.find(({ address }) => address === at);
      if (obstacle !== undefined && !reached.has(index)) reached.set(index, { run, obstacle });
    }
  }
  return reached;
}

/** How many of a kind a shortfall quotes; the report has them all. */
const QUOTED = 3;

function quoted<Item>(items: readonly Item[], text: (item: Item) => string): string {
  const more = items.length > QUOTED ? ` and ${items.length - QUOTED} more` : "";
  return `${items.slice(0, QUOTED).map(text).join("; ")}${more}`;
}

const located = ({ name, address }: TestRecord): string => `${name} (${address})`;

/** One line for each way in which the evidence is less than the config demands; none: the gate lets pass. */
export function shortfallsOf(evidence: Evidence, gaps: readonly Gap[]): string[] {
  const { functions, compared, settings } = evidence;
  return [
    ...disagreements(functions),
    ...differingRuns(compared, gaps),
    ...(settings.allow_gaps === true ? [] : missing(gaps)),
    ...tooLittle(evidence),
  ];
}

/** Those come first of which it is known where they begin to differ. */
function disagreements(functions: readonly TestRecord[]): string[] {
  const isUnknown = ({ disagreement }: TestRecord): number => Number(disagreement?.divergence === undefined);
  const disproven = functions
    .toSorted((a, b) => isUnknown(a) - isUnknown(b))
    .flatMap((each) => {
      const { disagreement: of } = each;
      if (of === undefined) return [];
      const first = of.divergence === undefined ? "" : `; ${of.divergence.says}`;
      return [`${located(each)}, ${of.input}: ${of.what}: expected ${of.expected}, found ${of.found}${first}`];
    });
  if (disproven.length === 0) return [];
  const text = quoted(disproven, (each) => each);
  return [`${disproven.length} of ${functions.length} functions disagree with the oracle: ${text}`];
}

function differingRuns(compared: readonly ComparedRun[], gaps: readonly Gap[]): string[] {
  return compared.flatMap(({ run, module, difference: of, reason, reference }) => {
    const other = reference?.difference;
    return [
      // Where the oracle came to code that was not lifted, that is a gap; where only the module did, it went elsewhere.
      ...(module === "unlifted" && gaps.length === 0 ? [`run ${run} differs on the linked module: ${reason}`] : []),
      ...(module === "differs" && of !== undefined
        ? [`run ${run} differs on the linked module: ${of.what}: expected ${of.expected}, found ${of.found}`]
        : []),
      ...(reference?.outcome === "differs" && other !== undefined
        ? [
            `run ${run} differs between ${reference.program} and the oracle: ${other.what}: expected ${other.expected}, found ${other.found}`,
          ]
        : []),
    ];
  });
}

function missing(gaps: readonly Gap[]): string[] {
  if (gaps.length === 0) return [];
  const text = quoted(gaps, describeGap);
  return [`${gaps.length} functions that runs need cannot run (validation.allow_gaps lets them be missing): ${text}`];
}

/** Which function is missing, why, and how a run comes to it. */
export function describeGap({ function: name, address, reason, run, path }: Gap): string {
  const where = run === undefined ? "where the program begins" : `run ${run} comes to it by ${path.join(" > ")}`;
  return `${name} (${address}), ${reason}; ${where}`;
}

function tooLittle({ settings, traced, lifted, functions }: Evidence): string[] {
  const { conclusive, coverage, captured: wanted } = requirementsOf(settings);
  const captured = wanted ?? settings.captured_states > 0;
  const reached = new Set(traced.flatMap((run) => run.functions.map(({ index }) => index)));
  const sound = functions.filter(({ status }) => status !== "disproven");
  // Inputs that come to an obstacle tell nothing: of a function that no run reaches there may be no others.
  const hasObstacle = new Set(lifted.flatMap(({ index, obstacles }) => (obstacles === undefined ? [] : index)));
  const isDemanded = ({ index }: TestRecord): boolean =>
    reached.has(index) || (conclusive === "every" && !hasObstacle.has(index));
  const demanded = conclusive === "none" ? [] : sound.filter(isDemanded);
  // A state that a run was in tells something however it ended.
  const open = demanded.filter((each) => each.captured_states + each.random_ends === 0);
  const uncaptured = captured ? sound.filter((each) => reached.has(each.index) && each.captured_states === 0) : [];
  const { instructions, instructions_run } = totalsOf(functions);
  const share = instructions === 0 ? 1 : instructions_run / instructions;
  const percent = (value: number): string => `${(value * 100).toFixed(1)}%`;
  return [
    ...(open.length === 0
      ? []
      : [
          `${open.length} of ${functions.length} functions had no input that a run was in or that came to a normal end (validation.require.conclusive): ${quoted(open, located)}`,
        ]),
    ...(uncaptured.length === 0
      ? []
      : [
          `${uncaptured.length} of ${reached.size} functions that runs reach had no captured input (validation.require.captured): ${quoted(uncaptured, located)}`,
        ]),
    ...(share >= coverage
      ? []
      : [
          `inputs ran ${percent(share)} of the instructions, and validation.require.coverage demands ${percent(coverage)}`,
        ]),
  ];
}
