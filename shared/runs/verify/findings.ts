import { firstDifference } from "../../kernel/io/json.ts";
import { CorruptionError } from "../../stores/errors.ts";
import type { Json } from "../../stores/ports.ts";

/** Something that is not as it was written, or does not agree with the rest of the run. */
export interface Problem {
  /** What was looked at, such as `event` or `bundle file`. */
  readonly what: string;
  /** Which one: a file, an artifact, a line, a field. */
  readonly where: string;
  readonly expected: string;
  readonly found: string;
}

/** Something to know that is no problem. */
export interface Notice {
  readonly what: string;
  readonly where: string;
  readonly why: string;
}

/** What the checks of one run have found so far. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  problem(what: string, where: string, expected: string, found: string): void;
  notice(what: string, where: string, why: string): void;
  /** A problem unless two JSON values say the same; it names the first field in which they do not. */
  same(what: string, where: string, expected: unknown, found: unknown): boolean;
  /** Runs a check; what it throws becomes a problem. */
  attempt<T>(what: string, where: string, check: () => Promise<T>): Promise<T | undefined>;
}

export function newFindings(): Findings {
  const problems: Problem[] = [];
  const notices: Notice[] = [];
  const told = new Set<string>();
  const add = (problem: Problem) => {
    // One damage can stand in the way of several checks.
    const text = JSON.stringify(problem);
    if (!told.has(text)) problems.push(problem);
    told.add(text);
  };
  const problem: Findings["problem"] = (what, where, expected, found) => add({ what, where, expected, found });
  return {
    problems,
    notices,
    problem,
    notice: (what, where, why) => notices.push({ what, where, why }),
    same(what, where, expected, found) {
      const difference = firstDifference(expected as Json, found as Json);
      if (difference === undefined) return true;
      const { pointer, left, right } = difference;
      problem(what, pointer === "" ? where : `${where}, at ${pointer}`, abbreviate(left), abbreviate(right));
      return false;
    },
    async attempt(what, where, check) {
      try {
        return await check();
      } catch (error) {
        add(problemOf(what, where, error));
        return undefined;
      }
    },
  };
}

function problemOf(what: string, where: string, error: unknown): Problem {
  if (error instanceof CorruptionError) {
    const { details } = error;
    return {
      what: String(details.what),
      where: String(details.where),
      expected: String(details.expected),
      found: String(details.found),
    };
  }
  const found = error instanceof Error ? error.message : String(error);
  return { what, where, expected: "to be read without an error", found };
}

/** A value on one line, cut where it is long. */
function abbreviate(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
