import middy, { type MiddlewareObj } from "@middy/core";
import type { Context } from "aws-lambda";
import type * as z from "zod";
import { attemptStage } from "../shared/kernel/attempt.ts";
import type { Stage } from "../shared/kernel/stage.ts";
import type { World } from "../shared/kernel/world.ts";
import { connectFromEnvironment } from "./connection.ts";

/**
 * What a handler is called with besides the event. Lambda's own context has no `world`: then the stores named in the
 * environment are opened. Local mode hands over its own.
 */
export type HandlerContext = Partial<Context> & { readonly world?: World };

/** A stage's Lambda handler: `StageCall` in, the stage's output out; errors carry their ASL name. */
export type StageHandler = (call: unknown, context: HandlerContext) => Promise<unknown>;

type Connected = Context & { world: World };

/** Makes the one handler of a stage. What an attempt at a stage is, the kernel says. */
export function defineHandler<I extends z.ZodType, O extends z.ZodType>(stage: Stage<I, O>): StageHandler {
  const handler = middy<unknown, unknown, Error, Connected>()
    .use(connect())
    .handler((call, { world }) => attemptStage(stage as unknown as Stage, call, world));
  return handler as unknown as StageHandler;
}

function connect(): MiddlewareObj<unknown, unknown, Error, Connected> {
  return {
    before: async ({ context }) => {
      context.world ??= await connectFromEnvironment();
    },
  };
}
