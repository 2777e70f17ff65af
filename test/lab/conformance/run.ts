import { parseArgs } from "node:util";
import { type RecordedCase, readCases } from "./case.ts";
import { checkExecution } from "./execute.ts";
import { byFamily, type CheckedCase, failureLines, reportLines, tally } from "./report.ts";
import { checkTestState } from "./test-states.ts";
import { checkValidation } from "./validations.ts";
import type { Verdict } from "./verdict.ts";

const HELP = `npm run conformance -- test/conformance/cases --verbose

Runs executions, TestState calls and validations that were recorded from AWS, and compares everything: status, output,
error, cause, and all events with their details.

  DIR              folder of case files
  --kind KIND      execution, testState, validate or createInvalid only
  --family NAME    one family only
  --id TEXT        cases whose id has this text only
  --verbose        list the failures, with the first difference of each
  --json           one line of JSON for each family, and one for all
  --timeout MS     longest time for one case; default 10000

Exit codes: 0 all passed, 1 some failed, 2 bad usage.
`;

export interface Output {
  print(line: string): void;
  warn(line: string): void;
}

/** Returns the exit code. */
export async function conformance(args: readonly string[], output: Output): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    output.warn((error as Error).message);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    output.print(HELP);
    return 0;
  }
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) {
    output.warn(`Expected one folder of case files, found ${positionals.length}. See --help.`);
    return 2;
  }
  let cases: RecordedCase[];
  try {
    cases = readCases(folder);
  } catch (error) {
    output.warn(`${folder}: ${(error as Error).message}`);
    return 2;
  }
  const chosen = cases.filter(
    ({ kind, family, id }) =>
      (values.kind === undefined || kind === values.kind) &&
      (values.family === undefined || family === values.family) &&
      (values.id === undefined || id.includes(values.id)),
  );
  if (chosen.length === 0) {
    output.warn(`${folder}: expected case files (*.json), found ${cases.length} cases and none that was asked for`);
    return 2;
  }
  const checked: CheckedCase[] = [];
  for (const recorded of chosen) checked.push({ recorded, verdict: await check(recorded, Number(values.timeout)) });
  return report(checked, values.verbose === true, values.json === true, output);
}

const parse = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      kind: { type: "string" },
      family: { type: "string" },
      id: { type: "string" },
      verbose: { type: "boolean" },
      json: { type: "boolean" },
      timeout: { type: "string", default: "10000" },
      help: { type: "boolean" },
    },
  });

function report(checked: readonly CheckedCase[], isVerbose: boolean, isJson: boolean, output: Output): number {
  const { passed, failed } = tally(checked);
  if (isVerbose) for (const line of failureLines(checked)) output.warn(line);
  if (isJson) {
    for (const [family, members] of byFamily(checked)) output.print(JSON.stringify({ family, ...tally(members) }));
    output.print(JSON.stringify({ family: "all", ...tally(checked) }));
  } else for (const line of reportLines(checked)) output.print(line);
  output.print(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function check(recorded: RecordedCase, timeout: number): Promise<Verdict> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve(failed(`did not end within ${timeout} ms`)), timeout);
  });
  try {
    return await Promise.race([checkByKind(recorded), tooLong]);
  } catch (error) {
    return failed(`threw ${(error as Error).stack}`);
  } finally {
    clearTimeout(timer);
  }
}

async function checkByKind(recorded: RecordedCase): Promise<Verdict> {
  switch (recorded.kind) {
    case "execution":
      return checkExecution(recorded);
    case "validate":
    case "createInvalid":
      return checkValidation(recorded);
    case "testState":
      return checkTestState(recorded);
  }
}

const failed = (difference: string): Verdict => ({
  result: false,
  cause: undefined,
  types: undefined,
  details: undefined,
  difference,
});
