import { z } from "zod";
import { describeIssues } from "../shared/contracts/issues.ts";
import { ContractInputMissing } from "../shared/kernel/errors.ts";

const Environment = z.object({
  RESTEP_STORE: z.string().min(1).optional().describe("folder of the stores"),
  RESTEP_LOG_LEVEL: z.enum(["silent", "error", "warn", "info"]).default("info"),
});

/** The only reading of the process's environment. @throws {ContractInputMissing} naming the variable */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): {
  store: string | undefined;
  logLevel: "silent" | "error" | "warn" | "info";
} {
  const parsed = Environment.safeParse(variables);
  if (!parsed.success) throw new ContractInputMissing(`environment: ${describeIssues(parsed.error, variables)}`);
  return { store: parsed.data.RESTEP_STORE, logLevel: parsed.data.RESTEP_LOG_LEVEL };
}
