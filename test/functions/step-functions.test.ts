import {
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stepFunctions } from "../../functions/execution-control.ts";
import { startingFromEnvironment } from "../../functions/step-functions.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { handOn, type Starting } from "../../shared/runs/start-elsewhere.ts";
import { submit } from "../../shared/runs/submit.ts";
import { collect } from "../../shared/stores/collect.ts";
import { packedExit } from "../runs/exit-program.ts";

/** Memory stands for a deployment's stores. */
vi.mock("../../shared/stores/open-deployed.ts", async () => {
  const { starts } = (await import("../stores/support/memory-starts.ts")).memoryStarts();
  return {
    openDeployedStores: (await import("../../shared/stores/open.ts")).openStores,
    openStarts: async () => starts,
  };
});

const MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:restep-dev-run-lifecycle";
const failure = (name: string) => Object.assign(new Error(`${name} of a test`), { name });
const sfn = mockClient(SFNClient);
/** What AWS answers that says nothing of the run: asked again, it may be answered otherwise. */
const PASSING = [
  "ThrottlingException",
  "ExpiredTokenException",
  "RequestTimeTooSkewed",
  "TimeoutError",
  "ServiceUnavailable",
  "ExecutionLimitExceeded",
  "AccessDeniedException",
];

beforeEach(() => {
  vi.stubEnv("RESTEP_STORE", "memory:");
  vi.stubEnv("RESTEP_STATE_MACHINES", JSON.stringify({ "run-lifecycle": MACHINE }));
  vi.stubEnv("AWS_REGION", "eu-west-1");
  sfn.reset();
});
afterEach(() => vi.unstubAllEnvs());
// Of every client of this process, until then.
afterAll(() => sfn.restore());

describe("a run that is handed on", () => {
  const packed = packedExit();
  const { run_id: runId } = packed.submission;
  let starting: Starting;
  beforeEach(async () => {
    starting = await startingFromEnvironment();
    await submit(starting.stores, packageSource(packed));
  });
  const left = async () => (await collect(starting.starts.list())).map((each) => each.runId);

  it.each(PASSING)(
    "stays noted where its execution cannot be started (%s), and is started by who tries again",
    async (name) => {
      sfn.on(StartExecutionCommand).rejectsOnce(failure(name)).resolves({});
      await expect(handOn(starting, runId)).rejects.toMatchObject({ name });
      expect(await left()).toEqual([runId]);
      await handOn(starting, runId);
      expect(await left()).toEqual([]);
      const asked = sfn.commandCalls(StartExecutionCommand).map(({ args: [{ input }] }) => input);
      const input = JSON.stringify(packed.submission);
      expect(asked).toEqual(Array(2).fill({ stateMachineArn: MACHINE, name: runId, input }));
    },
  );

  it("is started, where somebody else was faster", async () => {
    sfn.on(StartExecutionCommand).rejects(failure("ExecutionAlreadyExists"));
    await handOn(starting, runId);
    expect(await left()).toEqual([]);
  });

  it("is begun once: its log says which execution carries it out, whoever asked first", async () => {
    sfn.on(StartExecutionCommand).resolves({});
    await Promise.all([handOn(starting, runId), handOn(starting, runId)]);
    const events = await collect(starting.stores.events.read(runId));
    const arn = `${MACHINE.replace(":stateMachine:", ":execution:")}:${runId}`;
    expect(events).toMatchObject([{ name: "recomp.run.requested", payload: { execution_arn: arn } }]);
  });
});

describe("an execution that is told", () => {
  const arn = "arn:aws:states:ap-south-1:123456789012:execution:machine:run";

  it("is asked for in its own region, and what keeps it from hearing is thrown", async () => {
    sfn.on(SendTaskSuccessCommand).resolves({});
    await stepFunctions.answer(arn, "token", { output: { gate: "publish" } as never });
    const told = sfn.commandCalls(SendTaskSuccessCommand)[0] ?? expect.fail("nothing was told");
    expect(told.args[0].input).toEqual({ taskToken: "token", output: '{"gate":"publish"}' });
    expect(await (told.thisValue as SFNClient).config.region()).toBe("ap-south-1");
    for (const name of ["TaskTimedOut", "InvalidToken", ...PASSING]) {
      sfn.on(SendTaskFailureCommand).rejects(failure(name));
      const answer = { error: "GateRejected", cause: "no" };
      await expect(stepFunctions.answer(arn, "token", answer)).rejects.toMatchObject({ name });
      sfn.on(StopExecutionCommand).rejects(failure(name));
      await expect(stepFunctions.stop(arn, "RunCancelled", "no")).rejects.toMatchObject({ name });
    }
  });
});
