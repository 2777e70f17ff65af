import { type RunnerTestFile as File, MinimalReporter, type TestModule, type TestSpecification } from "vitest/node";

export interface ReporterOptions {
  /** What is run, and how long that takes, in words. */
  readonly expectation: string;
  /** What all that is random follows from. */
  readonly seed: number;
  /** Seconds of processor time that a file may take before it is named. */
  readonly budget: number;
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
    for (const line of this.#overBudget(files)) this.log(line);
  }

  #isMilestone(): boolean {
    if (this.#done === this.#total) return false;
    const reached = (done: number) => Math.floor((done * MILESTONES) / this.#total);
    return reached(this.#done) > reached(this.#done - 1);
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

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;
