import {
  type RunnerTestFile as File,
  MinimalReporter,
  type RunnerTask,
  type TestModule,
  type TestSpecification,
} from "vitest/node";
import { asBudgeted } from "./yardstick.ts";

export interface ReporterOptions {
  /** What is run, and how long that takes, in words. */
  readonly expectation: string;
  /** What all that is random follows from. */
  readonly seed: number;
  /** Seconds of processor time that a file may take before it is named. */
  readonly budget: number;
  /** Seconds of processor time that all files may take, as budgets are stated. */
  readonly wholeBudget: number;
  /** Whether to fail over that. */
  readonly isBudgetHeld: boolean;
}

/** Lines that say how far it is, when nobody looks on. */
const MILESTONES = 4;

const MOST_NAMED = 10;

/** Says in a few lines what is run, how long it takes, what failed, and which files take more than their budget. */
export default class BriefReporter extends MinimalReporter {
  readonly #options: ReporterOptions;
  #total = 0;
  #done = 0;

  constructor(options: ReporterOptions) {
    super();
    this.#options = options;
  }

  override onInit(vitest: Parameters<MinimalReporter["onInit"]>[0]): void {
    this.ctx = vitest;
    this.silent = "passed-only";
  }

  override onTestRunStart(files: readonly TestSpecification[]): void {
    super.onTestRunStart(files);
    this.#total = files.length;
    this.#done = 0;
    const { expectation, seed } = this.#options;
    this.log(`${files.length} test files (all of them: ${expectation}). RESTEP_TEST_SEED=${seed}`);
  }

  override onTestModuleEnd(file: TestModule): void {
    super.onTestModuleEnd(file);
    this.#done += 1;
    if (this.#isMilestone())
      this.log(`  ${this.#done} of ${this.#total} files, ${seconds(performance.now() - this.start)}`);
  }

  override reportTestSummary(files: File[], errors: unknown[], leakCount: number): void {
    // In the test runner's own form, which what reads the output of tests knows.
    super.reportTestSummary(files, errors, leakCount);
    for (const line of [...unsteady(files), ...this.#overBudget(files), ...this.#wholeBudget(files)]) this.log(line);
  }

  #isMilestone(): boolean {
    if (this.#done === this.#total) return false;
    const reached = (done: number) => Math.floor((done * MILESTONES) / this.#total);
    return reached(this.#done) > reached(this.#done - 1);
  }

  /** Processor time, not time: what else a machine does, and how fast it is, makes no test slow. */
  #wholeBudget(files: readonly File[]): string[] {
    const { wholeBudget, isBudgetHeld } = this.#options;
    if (wholeBudget === Number.POSITIVE_INFINITY) return [];
    const seconds = files.reduce((sum, { meta }) => sum + (meta.cpuSeconds ?? 0), 0);
    const counted = asBudgeted(
      seconds,
      files.flatMap(({ meta }) => meta.yardstick ?? []),
    );
    const said = `Processor time of the files: ${seconds.toFixed(0)} s, counted as ${counted.toFixed(0)} of ${wholeBudget} s`;
    if (counted <= wholeBudget) return [said];
    if (isBudgetHeld) process.exitCode = 1;
    return [
      `${said}: over the budget; try fewer cases of what generates them, start fewer processes, or make campaigns`,
    ];
  }

  #overBudget(files: readonly File[]): string[] {
    const { budget } = this.#options;
    const over = files
      .map(({ name, meta }) => ({ name, cpu: meta.cpuSeconds ?? 0 }))
      .filter(({ cpu }) => cpu > budget)
      .sort((a, b) => b.cpu - a.cpu);
    if (over.length === 0) return [];
    const named = over.slice(0, MOST_NAMED).map(({ name, cpu }) => `  ${cpu.toFixed(1)} s  ${name}`);
    const rest = over.length > MOST_NAMED ? [`  and ${over.length - MOST_NAMED} more`] : [];
    return [`Over ${budget} s of processor time; make them *.campaign.ts, or quicker:`, ...named, ...rest];
  }
}

/** Tests that failed, and passed at the second try. */
function unsteady(files: readonly File[]): string[] {
  const tests = (task: RunnerTask): readonly RunnerTask[] =>
    task.type === "suite" ? task.tasks.flatMap(tests) : [task];
  const named = files
    .flatMap(tests)
    .filter(({ result }) => result?.state === "pass" && (result.retryCount ?? 0) > 0)
    .flatMap(({ file, name, result }) => [
      `  ${file.name} > ${name}`,
      ...(result?.errors ?? []).map(({ message }) => `    ${message.split("\n", 1)[0]}`),
    ]);
  return named.length === 0 ? [] : ["Passed at the second try only; mend them:", ...named];
}

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;
