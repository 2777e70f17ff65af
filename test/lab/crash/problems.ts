import type { Inspection } from "./inspect.ts";

/** What is wrong with the store of a run that was disturbed, beside that of one that was not. Empty when nothing is. */
export function problemsOf(undisturbed: Inspection, found: Inspection): string[] {
  const problems: string[] = [];
  const expectSame = (what: string, left: unknown, right: unknown) => {
    if (JSON.stringify(left) !== JSON.stringify(right)) problems.push(`${what}: ${differenceOf(left, right)}`);
  };
  // Such a run differs in everything; why it failed is what matters.
  if (found.phase !== "succeeded") return [`the run is ${found.phase}${found.failure ? `: ${found.failure}` : ""}`];
  expectSame("bundle", undisturbed.bundle, found.bundle);
  expectSame("state in status.json", undisturbed.statusState, found.statusState);
  problems.push(...found.events.problems, ...found.history.problems);
  expectSame("events", undisturbed.events.deeds, found.events.deeds);
  expectSame("finished tasks", undisturbed.history.tasks, found.history.tasks);
  problems.push(...found.unverified.map((problem) => `verify: ${problem}`));
  problems.push(...found.temporary.map((path) => `left behind: tmp/${path}`));
  if (found.lease.length !== 1 || !/^\d+\.free$/.test(found.lease[0] ?? "")) {
    problems.push(`the lease is not free: ${found.lease.join(", ")}`);
  }
  expectSame("files of the store", undisturbed.paths, found.paths);
  expectSame("published files", undisturbed.published, found.published);
  problems.push(...found.misnamed.map((path) => `not what its name says: artifacts/${path}`));
  return problems;
}

/** Of two lists what only one of them has, counting; of anything else both. */
function differenceOf(expected: unknown, found: unknown): string {
  const [left, right] = [listOf(expected), listOf(found)];
  if (left === undefined || right === undefined) return `expected ${expected}, found ${found}`;
  const missing = without(left, right);
  const added = without(right, left);
  return [...missing.map((each) => `missing ${each}`), ...added.map((each) => `unexpected ${each}`)].join(", ");
}

function listOf(value: unknown): string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return Array.isArray(value) ? value.map(String) : Object.entries(value).map((entry) => entry.join(" "));
}

function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return list.filter((each) => {
    const at = left.indexOf(each);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
