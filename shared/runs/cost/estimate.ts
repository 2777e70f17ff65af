import { stageOfFunction } from "../../kernel/flow.ts";
import type { MapMode } from "../../kernel/map-mode.ts";
import type { StageName } from "../../stages/declarations.ts";
import { countStates } from "./count-states.ts";
import { PRICES } from "./prices.ts";
import { requestsOf } from "./requests.ts";

/** What is known of a run before it begins, or of one that ended. */
export interface RunSize {
  readonly functions: number;
  readonly shards: number;
  /** Which of the states that not every run enters this one does, as the flow's route has them. */
  readonly route: Readonly<Record<string, boolean>>;
}

/** The memory of each stage's function in GB, and the seconds that a call of it takes. */
export interface Work {
  memoryGb(stage: StageName): number;
  seconds(stage: StageName): number;
}

export interface Estimate {
  readonly schema_version: 1;
  readonly maps: MapMode;
  readonly functions: number;
  readonly shards: number;
  readonly step_functions: {
    readonly transitions: number;
    readonly child_executions: number;
    /** In the execution's own history, and how many it may have. */
    readonly history_events: number;
    readonly history_limit: number;
    readonly usd: number;
  };
  readonly lambda: { readonly requests: number; readonly gb_seconds: number; readonly usd: number };
  /** Where shards are not in each other's way: what is appended at once is appended again. */
  readonly stores: {
    readonly s3_writes: number;
    readonly s3_reads: number;
    readonly appends: number;
    readonly log_reads: number;
    readonly usd: number;
  };
  readonly usd: number;
  readonly prices: { readonly as_of: string; readonly region: string; readonly sources: readonly string[] };
}

/** Events of one execution (Step Functions quotas). */
export const MOST_EVENTS = 25_000;

/** Of an append: its item and the end of the log, in one transaction, each of some kilobytes; and the index of an artifact. */
const UNITS_OF_APPEND = 8;
const UNITS_OF_PUT = 1;
/** Kilobytes of a log that one view of it reads, by four: as long as a run's is in the middle. */
const UNITS_OF_READ = 4;

/** What a run costs that goes to its end with nothing tried again. @param definition of its flow, as `withMaps` takes it, parsed */
export function estimate(
  definition: unknown,
  { functions, shards, route }: RunSize,
  maps: MapMode,
  work: Work,
): Estimate {
  const counted = countStates(definition, { maps, shards, facts: factsOf(route) });
  const stages = [...counted.calls].map(([name, calls]) => [stageOfFunction(name) as StageName, calls] as const);
  const sum = (of: (stage: StageName, calls: number) => number) =>
    stages.reduce((total, [stage, calls]) => total + of(stage, calls), 0);
  const requests = sum((_, calls) => calls);
  const gbSeconds = sum((stage, calls) => calls * work.memoryGb(stage) * work.seconds(stage));
  const asked = (kind: "puts" | "gets" | "appends" | "views") =>
    Math.round(sum((stage, calls) => calls * requestsOf(stage, shards)[kind]));
  const [puts, gets, appends, views] = [asked("puts"), asked("gets"), asked("appends"), asked("views")];
  const stepFunctions = counted.transitions * PRICES.state_transition;
  const lambda = requests * PRICES.lambda_request + gbSeconds * PRICES.lambda_gb_second;
  const stores =
    puts * (PRICES.s3_write + UNITS_OF_PUT * PRICES.dynamodb_write_unit) +
    gets * PRICES.s3_read +
    appends * UNITS_OF_APPEND * PRICES.dynamodb_write_unit +
    views * UNITS_OF_READ * PRICES.dynamodb_read_unit;
  const { as_of, region, sources } = PRICES;
  return {
    schema_version: 1,
    maps,
    functions,
    shards,
    step_functions: {
      transitions: counted.transitions,
      child_executions: counted.children,
      history_events: counted.events,
      history_limit: MOST_EVENTS,
      usd: stepFunctions,
    },
    lambda: { requests, gb_seconds: gbSeconds, usd: lambda },
    stores: { s3_writes: puts, s3_reads: gets, appends, log_reads: views, usd: stores },
    usd: stepFunctions + lambda + stores,
    prices: { as_of, region, sources },
  };
}

/** What the flow's choices look at in a run that goes to its end. */
function factsOf(route: RunSize["route"]): Readonly<Record<string, string | boolean>> {
  const chosen = Object.entries(route).map(([stage, isEntered]) => [`$.intake.route.${stage}`, isEntered] as const);
  return { "$.validation.verdict": "passed", ...Object.fromEntries(chosen) };
}
