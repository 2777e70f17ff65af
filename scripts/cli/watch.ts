import type { Standing } from "../../shared/runs/standing.ts";
import type { RunSummary } from "../../shared/runs/summary.ts";
import { type GlobalOptions, nextCommand } from "./context.ts";

/** What a watcher is told of a run in which nothing happens: why, and what to type. Undefined while somebody works on it. */
export function whyItWaits(summary: RunSummary & Standing, options: GlobalOptions): string | undefined {
  const { run_id: runId, state, interrupted } = summary;
  if (interrupted === true) {
    return `Nobody works on run ${runId}, so nothing happens in it. Go on with: ${nextCommand(options, "resume", runId)}`;
  }
  const gate = summary.gates.find((each) => each.state === "open");
  if (state !== "blocked" || gate === undefined) return undefined;
  return [
    `Blocked at gate ${gate.gate}, which waits for a person to decide on ${gate.subject}. Decide with:`,
    ...decisionsAt(gate, runId, options).map((command) => `  ${command}`),
  ].join("\n");
}

/** The commands that decide at a gate. */
function decisionsAt(
  { gate, kind }: RunSummary["gates"][number],
  runId: string,
  options: GlobalOptions,
): readonly string[] {
  return [kind === "manual" ? "approve" : "override", "reject"].map((verb) =>
    nextCommand(options, verb, runId, gate, "--by", "<you>", "--reason", '"..."'),
  );
}
