import middy, { type MiddlewareObj } from "@middy/core";
import type { Context } from "aws-lambda";
import type { z } from "zod";
import { describeIssues } from "../shared/contracts/issues.ts";
import { StageCall } from "../shared/contracts/stages.ts";
import { putDocument } from "../shared/kernel/documents.ts";
import { toErrorInfo, ValidationFailed } from "../shared/kernel/errors.ts";
import { createRecorder, type Recorder, type Statement } from "../shared/kernel/recorder.ts";
import { stateIdOf } from "../shared/kernel/state-ids.ts";
import type { Stage, StageContext } from "../shared/stages/stage.ts";
import { type Connection, connectFromEnvironment } from "./connection.ts";

/** One call in flight: what the middlewares set up for the stage and for each other. */
interface StageRequest {
  readonly connection: Connection;
  readonly recorder: Recorder;
  readonly emitted: Omit<Statement, "kind">[];
  readonly stage: StageContext;
}

/**
 * What a handler is called with besides the event. Lambda's own context has no `connection`: then the stores named in
 * the environment are opened. Local mode hands over its own.
 */
export type HandlerContext = Partial<Context> & { readonly connection?: Connection };

/** A stage's Lambda handler: `StageCall` in, the stage's output out; errors carry their ASL name. */
export type StageHandler = (call: unknown, context: HandlerContext) => Promise<unknown>;

type Middleware = MiddlewareObj<StageCall, unknown, Error, Context & HandlerContext & { request: StageRequest }>;

/**
 * Makes the one handler of a stage: checks the call, connects, records `state_entered`, checks the input, runs the
 * stage, checks its output and records `state_completed` with the stage's own events. An error is recorded as
 * `state_failed`, logged and thrown on under its own name.
 */
export function defineHandler<I extends z.ZodType, O extends z.ZodType>(stage: Stage<I, O>): StageHandler {
  const handler = middy()
    .use([checkCall(), connect(stage), recordEvents(stage), checkDocuments(stage)])
    .handler(async (call: unknown, context: Context) =>
      stage.run(
        (call as StageCall).input as z.infer<I>,
        (context as unknown as { request: StageRequest }).request.stage,
      ),
    );
  return handler as unknown as StageHandler;
}

function checkCall(): Middleware {
  return {
    before: (request) => {
      request.event = check(StageCall, request.event, "stage call");
    },
  };
}

function connect(stage: Stage): Middleware {
  return {
    before: async (request) => {
      const { event: call, context } = request;
      const connection = context.connection ?? (await connectFromEnvironment());
      const emitted: StageRequest["emitted"] = [];
      const recorder = createRecorder({
        events: connection.stores.events,
        runId: call.run_id,
        actor: connection.actor,
        attempt: call.attempt,
        clock: connection.clock,
      });
      const log = connection.logger({
        run_id: call.run_id,
        stage: stage.name,
        shard: call.shard,
        attempt: call.attempt,
      });
      const { artifacts, publications } = connection.stores;
      const emit: StageContext["emit"] = (statement) => emitted.push(statement);
      context.request = {
        connection,
        recorder,
        emitted,
        stage: { runId: call.run_id, artifacts, publications, log, emit },
      };
    },
  };
}

function recordEvents(stage: Stage): Middleware {
  return {
    before: async ({ event: call, context: { request } }) => {
      const { artifacts, events } = request.connection.stores;
      const base = await putDocument(artifacts, "context_snapshot", call.input);
      const opening = stage.opensRun === true && (await events.head(call.run_id)).seq === 0 ? openRun(base) : [];
      const entered: Statement = {
        kind: "kernel",
        name: "state_entered",
        payload: { state_id: stateIdOf(stage.name, call.shard), base_snapshot: base },
      };
      await request.recorder.record(...opening, entered);
      request.stage.log.info({}, "stage entered");
    },
    after: async ({ event: call, context: { request }, response }) => {
      const snapshot = await putDocument(request.connection.stores.artifacts, "context_snapshot", response);
      await request.recorder.record(
        {
          kind: "kernel",
          name: "state_completed",
          payload: { state_id: stateIdOf(stage.name, call.shard), context_snapshot: snapshot },
        },
        ...request.emitted.map((statement): Statement => ({ kind: "domain", ...statement })),
        {
          kind: "domain",
          name: "recomp.run.stage.completed",
          payload: { stage: stage.name, ...shardOf(call), counts: countsOf(response) },
        },
        ...(stage.closesRun === undefined ? [] : [closeRun(stage.closesRun, snapshot)]),
      );
      request.stage.log.info({}, "stage completed");
    },
    onError: async ({ event: call, context: { request }, error }) => {
      if (request === undefined || error === null) return;
      const info = toErrorInfo(error);
      request.stage.log.error({ error: info }, "stage failed");
      await request.recorder.record({
        kind: "kernel",
        name: "state_failed",
        payload: {
          state_id: stateIdOf(stage.name, call.shard),
          error: info as NonNullable<Statement["payload"]>[string],
        },
      });
    },
  };
}

function checkDocuments(stage: Stage): Middleware {
  return {
    before: (request) => {
      request.event = {
        ...request.event,
        input: check(stage.input, request.event.input, `input of stage ${stage.name}`) as StageCall["input"],
      };
    },
    after: (request) => {
      request.response = check(stage.output, request.response, `output of stage ${stage.name}`);
    },
  };
}

function openRun(submission: string): Statement[] {
  return [
    { kind: "domain", name: "recomp.run.requested", payload: {} },
    {
      kind: "kernel",
      name: "run_started",
      payload: { op_id: "recompile", manifest: submission, initial_snapshot: submission },
    },
  ];
}

function closeRun(status: "completed" | "failed", snapshot: string): Statement {
  return { kind: "kernel", name: "run_completed", payload: { status, final_snapshot: snapshot } };
}

function shardOf(call: StageCall): { shard?: number } {
  return call.shard === undefined ? {} : { shard: call.shard };
}

/** The numbers of an output, for those who watch: how many functions were lifted, proven, and so on. */
function countsOf(output: unknown): Record<string, number> {
  const entries = Object.entries(output as Record<string, unknown>);
  return Object.fromEntries(entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

function check<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new ValidationFailed(`${what}: ${describeIssues(parsed.error, value)}`);
  return parsed.data;
}
