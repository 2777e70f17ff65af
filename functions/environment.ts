import * as z from "zod";
import { describeIssues } from "../shared/contracts/issues.ts";
import { BuildStamp } from "../shared/contracts/provenance.ts";
import { ContractInputMissing } from "../shared/kernel/errors.ts";
import type { RateLimit } from "../shared/kernel/token-bucket.ts";

const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue("expected JSON");
    return z.NEVER;
  }
});

const Environment = z.object({
  RESTEP_STORE: z.string().min(1).optional().describe("URL of the stores"),
  RESTEP_LOG_LEVEL: z.enum(["silent", "error", "warn", "info"]).default("info"),
  RESTEP_ATTEMPTS_PER_SECOND: z.coerce
    .number()
    .positive()
    .optional()
    .describe("attempts at each stage that may begin in this process each second"),
  RESTEP_BUILD: json.pipe(BuildStamp).optional().describe("what the deployed code was built from"),
  RESTEP_EVENT_BUS: z
    .string()
    .min(1)
    .optional()
    .describe("name of the bus that events go to; default: the account's own"),
  RESTEP_RUNS_AT_ONCE: z.coerce.number().int().positive().optional().describe("so many; others wait for their turn"),
  RESTEP_STATE_MACHINES: json
    .pipe(z.record(z.string(), z.string()))
    .default({})
    .describe("ARNs of the state machines, by their names in statemachines/"),
});

/** A deployment that was not told its build. */
const UNKNOWN_BUILD: BuildStamp = { restep_version: "unknown", state_machines: {} };

export interface HandlerEnvironment {
  readonly store: string | undefined;
  readonly logLevel: "silent" | "error" | "warn" | "info";
  readonly build: BuildStamp;
  readonly rateLimit: RateLimit | undefined;
  readonly bus: string | undefined;
  readonly runsAtOnce: number | undefined;
  /** ARNs, by the names in `statemachines/`. */
  readonly stateMachines: Readonly<Record<string, string>>;
}

/** The settings in the process's environment. @throws {ContractInputMissing} naming the variable */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): HandlerEnvironment {
  const parsed = Environment.safeParse(variables);
  if (!parsed.success) throw new ContractInputMissing(`environment: ${describeIssues(parsed.error, variables)}`);
  const { RESTEP_STORE, RESTEP_LOG_LEVEL, RESTEP_BUILD, RESTEP_ATTEMPTS_PER_SECOND: perSecond } = parsed.data;
  return {
    store: RESTEP_STORE,
    logLevel: RESTEP_LOG_LEVEL,
    build: RESTEP_BUILD ?? UNKNOWN_BUILD,
    bus: parsed.data.RESTEP_EVENT_BUS,
    runsAtOnce: parsed.data.RESTEP_RUNS_AT_ONCE,
    stateMachines: parsed.data.RESTEP_STATE_MACHINES,
    rateLimit: perSecond === undefined ? undefined : { perSecond, burst: Math.max(1, Math.ceil(perSecond)) },
  };
}

/** A variable that a run config names: a secret, or one let into a program's environment. */
export function variable(name: string): string | undefined {
  return process.env[name];
}
