import { UsageError } from "../../../scripts/cli/exit-codes.ts";
import { type BenchRequest, parseRequest, usage } from "./command-line.ts";
import { measureCase, type Result } from "./measure.ts";
import { formatTable, toLine } from "./report.ts";
import type { Suite, SuiteContext } from "./suite.ts";

/** Everything a bench run touches outside itself. */
export interface BenchEdge extends SuiteContext {
  readonly suites: readonly Suite[];
  /** Standard output: results. */
  print(text: string): void;
  /** Standard error: progress and complaints, a line each. */
  say(line: string): void;
}

const WARM_UPS = 1;

/** Runs what the command line asks for. Returns the exit code: 0 measured, 1 something failed, 2 bad usage. */
export async function bench(args: readonly string[], edge: BenchEdge): Promise<0 | 1 | 2> {
  let request: BenchRequest | "help";
  try {
    request = parseRequest(args, edge.suites);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    edge.say(`bench: ${error.message}`);
    return 2;
  }
  if (request === "help") {
    edge.print(usage(edge.suites));
    return 0;
  }
  let hasFailed = false;
  for (const suite of request.suites) {
    try {
      await runSuite(suite, request, edge);
    } catch (error) {
      edge.say(`bench: ${suite.name}: ${error instanceof Error ? error.message : error}`);
      hasFailed = true;
    }
  }
  return hasFailed ? 1 : 0;
}

/** JSON lines go out as they are measured; a table when its suite is done, or as far as it came. */
async function runSuite(suite: Suite, request: BenchRequest, edge: BenchEdge): Promise<void> {
  const results: Result[] = [];
  try {
    for await (const benchCase of suite.cases(edge)) {
      edge.say(`${suite.name}: ${benchCase.name}: ${request.repeats} of ${contendersOf(benchCase)}`);
      const measured = await measureCase(benchCase, { repeats: request.repeats, warmUps: WARM_UPS });
      results.push(...measured);
      if (request.isJson) {
        for (const result of measured) edge.print(`${JSON.stringify(toLine(suite.name, result))}\n`);
      }
    }
    if (results.length === 0) throw new Error("expected cases to measure, found none");
  } finally {
    if (!request.isJson && results.length > 0) edge.print(formatTable(suite.name, results));
  }
}

function contendersOf(benchCase: { subject: { name: string }; against?: { name: string } }): string {
  return [benchCase.subject, benchCase.against].flatMap((contender) => contender?.name ?? []).join(" and ");
}
