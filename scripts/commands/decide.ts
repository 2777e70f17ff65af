import { PrincipalId, type RunId } from "../../shared/contracts/ids.ts";
import type { Decision } from "../../shared/runs/gates.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { nextCommand, print, say, withRun } from "../cli/context.ts";
import { ExitCode, UsageError } from "../cli/exit-codes.ts";
import { signingKeyOf } from "../cli/key-file.ts";
import { carryOn, type RunOptions, workersOf } from "./run.ts";
import { keyOf } from "./sign.ts";

interface DecideOptions extends RunOptions {
  readonly by: string;
  readonly reason: string;
  readonly resume: boolean;
  /** A file with the private key of whoever decides. */
  readonly key?: string;
}

const METHODS = { approved: "approve", rejected: "reject", overridden: "override" } as const;

/** Records what a person decided at a gate, and takes the run on from there. */
export async function decideVerb(
  name: string,
  gate: string,
  decision: Decision["decision"],
  options: DecideOptions,
): Promise<ExitCode> {
  const by = PrincipalId.safeParse(options.by);
  if (!by.success) throw new UsageError(`--by: ${by.error.issues[0]?.message}; found ${JSON.stringify(options.by)}`);
  const reason = options.reason.trim();
  if (reason === "") throw new UsageError("--reason: expected why it was decided so, found nothing");
  // A key of the environment signs runs; whoever decides names their own.
  const key = await signingKeyOf(options.key, undefined);
  const signing = await keyOf({});
  const decide = async (runs: Runs, runId: RunId): Promise<ExitCode> => {
    const goesOn = await runs[METHODS[decision]](runId, gate, {
      reason,
      by: by.data,
      ...(key === undefined ? {} : { key }),
    });
    const basis = key === undefined ? "said" : `key:${key.keyId}`;
    say(`Gate ${gate} ${decision} by ${by.data} (${basis}).`);
    if (options.resume && goesOn === "here")
      return carryOn(runs, options, (carry) => runs.resume(runId, carry), signing);
    if (options.json) print(JSON.stringify({ run_id: runId, gate, decision, by: by.data, basis, reason }));
    else if (goesOn === "elsewhere")
      say(`Step Functions goes on with it. See it end with: ${nextCommand(options, "events", runId, "--follow")}`);
    else say(`Go on with: ${nextCommand(options, "resume", runId)}`);
    return ExitCode.succeeded;
  };
  return withRun(options, name, decide, workersOf(options));
}
