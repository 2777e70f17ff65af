import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { EventEnvelope } from "../contracts/event.ts";
import type { ArtifactRef, RunId } from "../contracts/ids.ts";
import { moduleOf } from "../runs/bundle.ts";
import type { Runs } from "../runs/runs.ts";
import { listRuns, readBundle, readEvents, readModule, readProvenance, readRun, readSummary } from "./routes.ts";

/** Makes an address where an artifact can be fetched without a signature for some minutes. @param file what browsers save it as */
export type Linking = (
  artifact: ArtifactRef,
  file: { readonly name: string; readonly type: string },
) => Promise<string>;

interface Reading {
  readonly isStreaming: boolean;
  readonly linkTo: Linking | undefined;
}

/** Of a file's name in a bundle. */
const TYPES: Readonly<Record<string, string>> = { wasm: "application/wasm", json: "application/json" };

/** What looks at runs and changes none. */
export function runReads(app: OpenAPIHono, runs: Runs, { isStreaming, linkTo }: Reading): void {
  const linked = (link: Linking, { path, artifact }: { readonly path: string; readonly artifact: ArtifactRef }) => {
    const name = path.split("/").at(-1) ?? path;
    return link(artifact, { name, type: TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream" });
  };

  app.openapi(listRuns, async (context) => {
    const { state, limit, after } = context.req.valid("query");
    const listed = (await runs.overview()).filter(
      (run) => state === undefined || ("state" in run && run.state === state),
    );
    const from = after === undefined ? 0 : listed.findIndex(({ run_id: runId }) => runId === after) + 1;
    const page = listed.slice(from, from + limit);
    const last = page.at(-1);
    const isMore = last !== undefined && from + limit < listed.length;
    return context.json({ runs: page, ...(isMore ? { next: last.run_id } : {}) }, 200);
  });

  app.openapi(readRun, async (context) => context.json(await runs.status(await named(runs, context)), 200));

  app.openapi(readSummary, async (context) => {
    return asIs(context, JSON.stringify(await runs.summary(await named(runs, context))), "application/json");
  });

  app.openapi(readEvents, async (context) => {
    const { after, limit } = context.req.valid("query");
    const runId = await named(runs, context);
    if (isStreaming && context.req.header("accept")?.includes("text/event-stream")) {
      // A stream that has begun can say no more that there is nothing to follow.
      await runs.status(runId);
      return streamEvents(context, runs, runId, Number(context.req.header("last-event-id") ?? after)) as never;
    }
    const events: EventEnvelope[] = [];
    for await (const event of runs.events(runId)) {
      if (event.seq <= after) continue;
      // One more than a page: whether there is another.
      if (events.push(event) > limit) break;
    }
    const page = events.slice(0, limit);
    return context.json({ events: page, ...(events.length > limit ? { next: page.at(-1)!.seq } : {}) }, 200);
  });

  app.openapi(readBundle, async (context) => {
    const { index } = await runs.bundle(await named(runs, context));
    if (linkTo === undefined) return context.json({ ...index }, 200);
    const files = await Promise.all(index.files.map(async (file) => ({ ...file, url: await linked(linkTo, file) })));
    return context.json({ ...index, files }, 200);
  });

  app.openapi(readModule, async (context) => {
    const runId = await named(runs, context);
    if (linkTo !== undefined) {
      return context.redirect(await linked(linkTo, moduleOf((await runs.bundle(runId)).index, `run ${runId}`)), 302);
    }
    const { module } = await runs.program(runId);
    return asIs(context, new Uint8Array(module), "application/wasm");
  });

  app.openapi(readProvenance, async (context) => {
    const { form } = context.req.valid("query");
    const bytes = await runs.provenance(await named(runs, context), form);
    return asIs(context, new Uint8Array(bytes), "application/json");
  });
}

/** An answer that is not made here, so that its route's types say nothing of it. */
function asIs(context: Context, body: string | Uint8Array<ArrayBuffer>, type: string): never {
  return context.body(body, 200, { "content-type": type }) as never;
}

/** The run that a path names. @throws InvalidInputError, NotFoundError */
export function named(runs: Runs, context: Context): Promise<RunId> {
  return runs.find(context.req.param("run")!);
}

/** Until the run has ended or the caller is gone. @param after the last sequence number that the caller has seen */
function streamEvents(context: Context, runs: Runs, runId: RunId, after: number): Response {
  return streamSSE(context, async (stream) => {
    const gone = new AbortController();
    stream.onAbort(() => gone.abort());
    for await (const event of runs.events(runId, { follow: true, signal: gone.signal })) {
      if (event.seq <= after) continue;
      await stream.writeSSE({ id: String(event.seq), event: event.name, data: JSON.stringify(event) });
    }
  });
}
