import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import * as z from "zod";
import {
  Bundle,
  Cancelled,
  CancelRequest,
  EventPage,
  EventsQuery,
  GateDecision,
  GatePath,
  Health,
  ListQuery,
  NewRun,
  Problem,
  ProvenanceQuery,
  RunPage,
  RunPath,
  StandingStatus,
  StartedRun,
} from "./schemas.ts";

/** Every call of the API: its path, what it takes and what it answers. The OpenAPI document is made of these. */

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const sent = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "application/json": { schema } },
});
const bytes = (type: string, description: string) => ({
  description,
  content: { [type]: { schema: z.string().meta({ format: "binary" }) } },
});
const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: Problem } },
});

const REFUSALS = {
  400: problem("what was sent is not what is expected"),
  401: problem("no token, or another than the server's"),
  429: problem("too many calls; `retry-after` says when to call again"),
} as const;
/** Of a call that sends a document. */
const UNREAD = { 415: problem("what was sent does not say that it is JSON") } as const;
const OF_A_RUN = { ...REFUSALS, 404: problem("there is no such run") } as const;
const CHANGES = {
  ...OF_A_RUN,
  409: problem("the run is not where that can be done, or somebody else works on it"),
} as const;

const behindToken = { security: [{ token: [] }] } satisfies Partial<RouteConfig>;

export const health = createRoute({
  method: "get",
  path: "/healthz",
  operationId: "health",
  summary: "Whether the server answers; needs no token",
  responses: { 200: json(Health, "it does") },
});

export const listRuns = createRoute({
  method: "get",
  path: "/v1/runs",
  operationId: "listRuns",
  summary: "The runs, the one submitted last first",
  ...behindToken,
  request: { query: ListQuery },
  responses: { ...REFUSALS, 200: json(RunPage, "a page of runs") },
});

export const startRun = createRoute({
  method: "post",
  path: "/v1/runs",
  operationId: "startRun",
  summary: "Submits a run and begins to carry it out; the very same submission again goes on with the same run",
  ...behindToken,
  request: { body: sent(NewRun) },
  responses: {
    ...REFUSALS,
    ...UNREAD,
    202: json(StartedRun, "it is under way"),
    409: problem("another submission has this run's id"),
    413: problem("too large; put the artifacts into the store first"),
    422: problem("there is a secret in it"),
  },
});

export const readRun = createRoute({
  method: "get",
  path: "/v1/runs/{run}",
  operationId: "readRun",
  summary: "The status of a run, and who works on it",
  ...behindToken,
  request: { params: RunPath },
  responses: { ...OF_A_RUN, 200: json(StandingStatus, "the status") },
});

export const readSummary = createRoute({
  method: "get",
  path: "/v1/runs/{run}/summary",
  operationId: "readSummary",
  summary: "What happened in a run: stages, gates, figures, the error",
  ...behindToken,
  request: { params: RunPath },
  responses: { ...OF_A_RUN, 200: json(z.looseObject({ run_id: z.string() }), "as `restep summary --json` prints it") },
});

export const readEvents = createRoute({
  method: "get",
  path: "/v1/runs/{run}/events",
  operationId: "readEvents",
  summary: "The log of a run, in pages; as server-sent events to whoever accepts them, until the run has ended",
  ...behindToken,
  request: { params: RunPath, query: EventsQuery },
  responses: {
    ...OF_A_RUN,
    200: {
      description: "a page of events, or a stream of them; an event's `id` is its sequence number",
      content: {
        "application/json": { schema: EventPage },
        "text/event-stream": { schema: z.string() },
      },
    },
  },
});

export const decideGate = createRoute({
  method: "post",
  path: "/v1/runs/{run}/gates/{gate}",
  operationId: "decideGate",
  summary: "Approves or rejects what a gate waits for, or overrides a failed one, and goes on with the run",
  ...behindToken,
  request: { params: GatePath, body: sent(GateDecision) },
  responses: { ...CHANGES, ...UNREAD, 202: json(StartedRun, "decided, and under way") },
});

export const resumeRun = createRoute({
  method: "post",
  path: "/v1/runs/{run}/resume",
  operationId: "resumeRun",
  summary: "Goes on with a run that was interrupted",
  ...behindToken,
  request: { params: RunPath },
  responses: { ...CHANGES, 202: json(StartedRun, "it is under way") },
});

export const cancelRun = createRoute({
  method: "post",
  path: "/v1/runs/{run}/cancel",
  operationId: "cancelRun",
  summary: "Cancels a run, or asks whoever carries it out to",
  ...behindToken,
  request: { params: RunPath, body: sent(CancelRequest) },
  responses: { ...CHANGES, ...UNREAD, 200: json(Cancelled, "cancelled, or asked for") },
});

export const readBundle = createRoute({
  method: "get",
  path: "/v1/runs/{run}/bundle",
  operationId: "readBundle",
  summary: "The index of what a run has published",
  ...behindToken,
  request: { params: RunPath },
  responses: { ...OF_A_RUN, 200: json(Bundle, "the index") },
});

export const readModule = createRoute({
  method: "get",
  path: "/v1/runs/{run}/bundle/module.wasm",
  operationId: "readModule",
  summary: "The WebAssembly module that a run has published",
  ...behindToken,
  request: { params: RunPath },
  responses: {
    ...OF_A_RUN,
    200: bytes("application/wasm", "the module"),
    302: { description: "in AWS: where it can be fetched for 15 minutes, without a signature" },
  },
});

export const readProvenance = createRoute({
  method: "get",
  path: "/v1/runs/{run}/provenance",
  operationId: "readProvenance",
  summary: "Where a run's bundle comes from, byte for byte as its hash names it",
  ...behindToken,
  request: { params: RunPath, query: ProvenanceQuery },
  responses: { ...OF_A_RUN, 200: json(z.looseObject({}), "the provenance, or a statement of it") },
});
