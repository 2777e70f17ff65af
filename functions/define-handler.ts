import middy, { type MiddlewareObj } from "@middy/core";
import type { Context } from "aws-lambda";
import type * as z from "zod";
import { attemptStage } from "../shared/kernel/attempt.ts";
import type { Stage } from "../shared/kernel/stage.ts";
import type { World } from "../shared/kernel/world.ts";
import type { Attributes } from "../shared/telemetry/tracer.ts";
import { connectFromEnvironment } from "./connection.ts";

/**
 * What a handler is called with besides the event. Lambda's own context has no `world`: then the stores named in the
 * environment are opened. Local mode hands over its own.
 */
export type HandlerContext = Partial<Context> & { readonly world?: World };

/** A stage's Lambda handler: `StageCall` in, the stage's output out; errors carry their ASL name. */
export type StageHandler = (call: unknown, context: HandlerContext) => Promise<unknown>;

type Connected = Context & { world: World };
/** Lambda's own fields are not there in local mode, whatever middy's types say. */
type MaybeLambda = Partial<Context> & { readonly world: World };

/** Makes the one handler of a stage. What an attempt at a stage is, the kernel says. */
export function defineHandler<I extends z.ZodType, O extends z.ZodType>(stage: Stage<I, O>): StageHandler {
  const handler = middy<unknown, unknown, Error, Connected>({ timeoutEarlyInMillis: NEVER })
    .use(connect())
    .use(flush())
    .handler((call, context) =>
      attemptStage(stage as unknown as Stage, call, context.world, {
        deadline: deadlineOf(context),
        attributes: invocation(context),
      }),
    );
  return handler as unknown as StageHandler;
}

/** middy would answer at once; the attempt itself ends in time to be recorded. */
const NEVER = 0;

/** To record how an attempt ended: a few writes to the stores. */
const TO_RECORD_MS = 2_000;

/** Only Lambda knows when it will end the process. */
function deadlineOf(context: MaybeLambda): number | undefined {
  const remaining = context.getRemainingTimeInMillis?.();
  return remaining === undefined ? undefined : context.world.timer.now() + remaining - TO_RECORD_MS;
}

let isCold = true;

/** As OpenTelemetry's semantic conventions name them. */
function invocation({ awsRequestId }: MaybeLambda): Attributes {
  if (awsRequestId === undefined) return {};
  const coldstart = isCold;
  isCold = false;
  return { "faas.invocation_id": awsRequestId, "faas.coldstart": coldstart };
}

/** Lambda stops the process once it has answered. */
function flush(): MiddlewareObj<unknown, unknown, Error, Connected> {
  const send = async ({ context }: { readonly context: Partial<Connected> }): Promise<void> => {
    await context.world?.tracer.flush?.().catch(() => {});
  };
  return { after: send, onError: send };
}

function connect(): MiddlewareObj<unknown, unknown, Error, Connected> {
  return {
    before: async ({ context }) => {
      context.world ??= await connectFromEnvironment();
    },
  };
}
