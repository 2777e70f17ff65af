import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { createTokenBucket, type RateLimit } from "../kernel/token-bucket.ts";
import type { Clock } from "../stores/clock.ts";
import type { Door } from "./doors.ts";
import { answerProblem, problemOf, refusal } from "./problems.ts";
import { health } from "./routes.ts";
import { type Carrying, runChanges } from "./run-changes.ts";
import { type Linking, runReads } from "./run-reads.ts";

export interface ApiOptions extends Carrying {
  readonly door: Door;
  /** What the OpenAPI document calls this version of the API's implementation. */
  readonly version: string;
  readonly clock: Clock;
  /** Of all callers together. Default: 100 calls a second, 200 at once. */
  readonly rate?: RateLimit;
  /** Bytes of a submission with its artifacts in base64. Default: 64 MiB. */
  readonly largestSubmission?: number;
  /** Where callers fetch an artifact themselves, for answers that are too large. Left out, files are in the answers. */
  readonly linkTo?: Linking | undefined;
  /** Whether logs can be followed over a connection that stays open. Default: they can. */
  readonly isStreaming?: boolean;
}

const RATE: RateLimit = { perSecond: 100, burst: 200 };
const LARGEST_SUBMISSION = 64 * 1024 * 1024;

/** So many submissions of the largest size may be under way at once, or more that are smaller. */
const LARGEST_AT_ONCE = 2;

/** The HTTP API: the verbs of the command line, for programs. The same here and in Lambda. */
export function createApi(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook(result, context) {
      if (result.success) return undefined;
      const [issue] = result.error.issues;
      const place = [result.target, ...(issue?.path ?? [])].join(".");
      return answerProblem(context, refusal(400, "request_invalid", `${place}: ${issue?.message}`));
    },
  });
  app.onError((error, context) => answerProblem(context, problemOf(error)));
  app.notFound((context) =>
    answerProblem(
      context,
      refusal(
        404,
        "no_such_call",
        `expected a call that /v1/openapi.json lists, found ${context.req.method} ${context.req.path}`,
      ),
    ),
  );
  app.openapi(health, (context) => context.json({ status: "ok" as const }, 200));
  // The door first: whoever is not let in uses up nothing of what those have who are.
  app.use("*", options.door.check, limited(options.rate ?? RATE, options.clock));
  const { largestSubmission = LARGEST_SUBMISSION } = options;
  app.use("*", boundedTogether(largestSubmission));
  app.use(
    "*",
    bodyLimit({
      maxSize: largestSubmission,
      onError: (context) =>
        answerProblem(context, refusal(413, "request_too_large", `expected at most ${largestSubmission} bytes`)),
    }),
  );
  runReads(app, options.runs, { isStreaming: options.isStreaming ?? true, linkTo: options.linkTo });
  runChanges(app, options);
  app.openAPIRegistry.registerComponent("securitySchemes", "token", options.door.scheme);
  app.doc31("/v1/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Restep", version: options.version, description: "Runs that recompile binaries to WebAssembly." },
  });
  return app;
}

/** What calls send is in memory until they are answered: together it is bounded too. @param largest bytes of one */
function boundedTogether(largest: number): MiddlewareHandler {
  const most = LARGEST_AT_ONCE * largest;
  let underWay = 0;
  return async (context, next) => {
    const { method } = context.req;
    if (method === "GET" || method === "HEAD") return next();
    // One that does not say its length may have any.
    const bytes = Math.min(Number(context.req.header("content-length") ?? largest) || 0, largest);
    if (underWay + bytes > most) {
      const detail = `expected at most ${most} bytes of calls under way, found ${underWay + bytes}; call again in 1 s`;
      return answerProblem(context, refusal(429, "too_much_at_once", detail), { "retry-after": "1" });
    }
    underWay += bytes;
    try {
      await next();
    } finally {
      underWay -= bytes;
    }
  };
}

function limited(rate: RateLimit, clock: Clock): MiddlewareHandler {
  const bucket = createTokenBucket(rate);
  return async (context, next) => {
    const now = clock.now();
    const wait = bucket.take(now, now);
    if (wait === 0) return next();
    const seconds = Math.ceil(wait / 1_000);
    return answerProblem(
      context,
      refusal(429, "too_many_calls", `expected at most ${rate.perSecond} calls a second; call again in ${seconds} s`),
      { "retry-after": String(seconds) },
    );
  };
}
