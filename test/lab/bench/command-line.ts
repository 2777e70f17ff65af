import { parseArgs } from "node:util";
import { UsageError } from "../../../scripts/cli/exit-codes.ts";
import type { Suite } from "./suite.ts";

export interface BenchRequest {
  readonly suites: readonly Suite[];
  readonly isJson: boolean;
  readonly repeats: number;
}

const DEFAULT_REPEATS = 5;

export function usage(suites: readonly Suite[]): string {
  const width = Math.max(...suites.map((suite) => suite.name.length));
  return [
    "Example: npm run bench -- exec --repeats 9",
    "",
    "Usage: npm run bench -- <suite>... [--json] [--repeats N]",
    "",
    "Suites:",
    ...suites.map((suite) => `  ${suite.name.padEnd(width)}  ${suite.summary}`),
    "",
    "  --json       one JSON object a line on standard output, instead of a table",
    `  --repeats N  measured rounds (default ${DEFAULT_REPEATS}); the median counts`,
    "",
    "Exit codes: 0 measured, 1 something measured failed, 2 bad usage.",
    "",
  ].join("\n");
}

/** What is asked for, or `"help"`. @throws {UsageError} */
export function parseRequest(args: readonly string[], suites: readonly Suite[]): BenchRequest | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  const names = suites.map((suite) => suite.name).join(", ");
  if (positionals.length === 0) throw new UsageError(`no suite named; there are: ${names}`);
  const chosen = positionals.map((name) => {
    const suite = suites.find((candidate) => candidate.name === name);
    if (!suite) throw new UsageError(`no suite "${name}"; there are: ${names}`);
    return suite;
  });
  return { suites: [...new Set(chosen)], isJson: values.json, repeats: parseRepeats(values.repeats) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        repeats: { type: "string", default: String(DEFAULT_REPEATS) },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseRepeats(text: string): number {
  const repeats = Number(text);
  if (/^\d+$/.test(text) && repeats >= 1 && repeats <= 1000) return repeats;
  throw new UsageError(`--repeats: expected a whole number from 1 to 1000, found "${text}"`);
}
