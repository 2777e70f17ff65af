import { parseAs } from "../parse.ts";
import { type Attempt, defineCapability } from "./capability.ts";

/** Nobody sees an output that the stage's contract does not allow. */
export const schemaOut = defineCapability<Attempt>("schema_out", 1, {
  async around(attempt, next) {
    const { stage } = attempt;
    return parseAs(stage.output, await next(attempt), `output of stage ${stage.name}`);
  },
});
