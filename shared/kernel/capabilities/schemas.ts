import { parseAs } from "../parse.ts";
import { type Attempt, defineCapability, extend } from "./capability.ts";
import type { Guarded } from "./secrets-guard.ts";

/** A stage sees no input that its contract does not allow, and no run config but the run's own. */
export const schemaIn = defineCapability<Guarded, Pick<Attempt, "input">>("schema_in", 1, {
  async around(attempt, next) {
    const { stage, configFault } = attempt;
    if (configFault !== undefined && !acceptsDefaults(attempt)) throw configFault;
    return next(extend(attempt, { input: parseAs(stage.input, attempt.input, `input of stage ${stage.name}`) }));
  },
});

/** The stage that opens a run says what is wrong with a config that cannot be read; the failure branch has to record how that ended. */
function acceptsDefaults({ flow, stage }: Attempt): boolean {
  return stage.meta.opensRun === true || stage.name === flow.failureBranch.name;
}

/** Nobody sees an output that the stage's contract does not allow. */
export const schemaOut = defineCapability<Attempt>("schema_out", 1, {
  async around(attempt, next) {
    const { stage } = attempt;
    return parseAs(stage.output, await next(attempt), `output of stage ${stage.name}`);
  },
});
