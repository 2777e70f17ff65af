import {
  compileStateMachine,
  type ExecutionClock,
  type ExecutionResult,
  Interpreter,
  memoryObjectStore,
  realTimeClock,
  type StateMachineDefinition,
  timeSkippingClock,
} from "../../../shared/asl/index.ts";
import type { RecordedCase } from "./case.ts";
import { compareEvents, type EventVerdict } from "./events.ts";
import { type MatchOptions, matches } from "./matches.ts";
import { mockTasks } from "./mock-tasks.ts";
import type { Verdict } from "./verdict.ts";

const ACTIVITY = "activity_arn";
const ACTIVITY_ARN = `arn:aws:states:us-east-1:111111111111:activity:${ACTIVITY}`;

/** Runs a recorded execution again and compares how it ended and what it left in its history. */
export async function checkExecution(recorded: RecordedCase): Promise<Verdict> {
  return judge(recorded, await execute(recorded));
}

async function execute(recorded: RecordedCase): Promise<ExecutionResult> {
  const mocks = recorded.mocks ?? {};
  const isStopped = recorded.requires.includes("stop-execution");
  const interpreter: Interpreter = new Interpreter({
    resolver: mockTasks(mocks, (token, outcome) => void interpreter.completeTask(token, outcome)),
    objects: memoryObjectStore(mocks.s3),
    accountId: "111111111111",
    ...(isStopped ? {} : { clock: timeSkippingClock({ skipDuringTasks: true, from: clockAt(recorded) }) }),
  });
  // The recording replaced the ARN of an activity by a name that is none.
  const definition = JSON.parse(
    JSON.stringify(recorded.definition).replaceAll(`"Resource":"${ACTIVITY}"`, `"Resource":"${ACTIVITY_ARN}"`),
  );
  const machine = compileStateMachine(definition as StateMachineDefinition, { type: recorded.type ?? "STANDARD" });
  const { Execution, StateMachine } = recorded.context ?? {};
  const execution = await interpreter.start(machine, recorded.input, {
    ...(Execution === undefined
      ? {}
      : { executionArn: Execution.Id, name: Execution.Name, roleArn: Execution.RoleArn }),
    ...(StateMachine === undefined ? {} : { stateMachineArn: StateMachine.Id, stateMachineName: StateMachine.Name }),
  });
  if (isStopped) execution.stop();
  return execution.result;
}

/** The time at which it was recorded, going on from there: what was too far in the future then is so for ever. */
function clockAt({ source }: RecordedCase): ExecutionClock {
  const [, day, month, year, time] = /^(\d+)-(\d+)-(\d+), ([\d:]+)$/.exec(source?.recorded ?? "") ?? [];
  if (time === undefined) return realTimeClock;
  const recordedAt = Date.parse(`${year}-${month}-${day}T${time}Z`);
  const begun = realTimeClock.now();
  return { ...realTimeClock, now: () => recordedAt + realTimeClock.now() - begun };
}

function judge({ expected, source, input }: RecordedCase, actual: ExecutionResult): Verdict {
  const status = actual.status === expected.status;
  const wildcards = new Set(expected.outputWildcards ?? []);
  const result =
    status &&
    (expected.status === "SUCCEEDED"
      ? matches(expected.output, actual.output, { wildcards })
      : sameText(expected.error, actual.error));
  const hasCause = expected.status !== undefined && expected.status !== "SUCCEEDED";
  const cause = hasCause ? result && sameText(expected.cause, actual.cause) : undefined;
  const events = expected.events === undefined ? undefined : judgeEvents();
  return {
    result,
    cause,
    types: events?.types,
    details: events === undefined ? undefined : events.details && events.links,
    difference: describe(),
    ...(events?.allowance === undefined ? {} : { allowance: events.allowance }),
  };

  function judgeEvents(): EventVerdict {
    const words = (expected.outputWildcards ?? []).map((pointer) => valueAt(expected.output, pointer));
    const options: MatchOptions = {
      aliases: aliasesOf(expected.events?.[0]?.details?.input, input),
      words: new Set(words),
    };
    const wasRecordedBefore = recordedBefore(source?.recorded);
    const history = JSON.parse(JSON.stringify(actual.history).replaceAll(ACTIVITY_ARN, ACTIVITY));
    return compareEvents(
      expected.events ?? [],
      history,
      expected.eventOrder ?? "total",
      options,
      (event) => wasRecordedBefore && event.type === "MapStateExited",
    );
  }

  function describe(): string | undefined {
    if (!status)
      return `expected ${expected.status}, found ${actual.status} ${actual.error ?? ""} ${actual.cause ?? ""}`;
    if (!result) {
      const [wanted, found] =
        actual.status === "SUCCEEDED" ? [expected.output, actual.output] : [expected.error, actual.error];
      return `expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`;
    }
    if (cause === false) return `expected cause ${expected.cause}\n    found ${actual.cause}`;
    return events?.difference;
  }
}

const sameText = (expected: string | undefined, actual: string | undefined): boolean =>
  matches(expected === "" ? undefined : expected, actual === "" ? undefined : actual);

/** Recordings of before then show a link of the history that AWS has changed since; see `events.ts`. */
function recordedBefore(date: string | undefined): boolean {
  const [, month, year] = /^\d+-(\d+)-(\d+)/.exec(date ?? "") ?? [];
  return year !== undefined && (Number(year) < 2024 || (Number(year) === 2024 && Number(month) < 11));
}

/** Strings of the input as it is replayed, and what the recording has in their place. */
function aliasesOf(recorded: unknown, replayed: unknown, aliases = new Map<string, string>()): Map<string, string> {
  if (typeof recorded === "string" && typeof replayed === "string") {
    if (recorded !== replayed) aliases.set(replayed, recorded);
  } else if (typeof recorded === "object" && recorded !== null && typeof replayed === "object" && replayed !== null) {
    for (const [key, value] of Object.entries(recorded)) {
      aliasesOf(value, (replayed as Readonly<Record<string, unknown>>)[key], aliases);
    }
  }
  return aliases;
}

/** What stands at a JSON pointer. */
function valueAt(value: unknown, pointer: string): unknown {
  const steps = pointer.split("/").slice(1);
  return steps.reduce((found, step) => (found as Readonly<Record<string, unknown>> | undefined)?.[step], value);
}
