import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearerDoor, createApi } from "../../shared/api/index.ts";
import type { EventEnvelope } from "../../shared/contracts/event.ts";
import { openRuns } from "../../shared/local/open-runs.ts";
import type { Package } from "../../shared/runs/pack.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { canonicalBytes, sha256 } from "../../shared/stores/digest.ts";
import { temporaryFolder } from "../e2e/cli.ts";
import { packedExit } from "../runs/exit-program.ts";

const TOKEN = "0123456789abcdef";
const NOBODY = "ffffffff-ffff-4fff-8fff-ffffffffffff";
const WHY = { by: "alice", reason: "looked at it" };
const folder = temporaryFolder();
const failures: unknown[] = [];
let now = 0;
let runs: Runs;
let api: ReturnType<typeof createApi>;
let document: OpenApi;
const ajv = addFormats.default(new Ajv2020({ strict: false }));

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: unknown;
  readonly responses: Responses;
}
type Responses = Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;

beforeAll(async () => {
  runs = await openRuns({ store: join(folder.path, "store"), workers: 1 });
  api = createApi({
    runs,
    door: bearerDoor(TOKEN),
    version: "1.2.3",
    clock: { now: () => now } as never,
    onFailure: (...failure) => failures.push(failure),
    rate: { perSecond: 10, burst: 1_000 },
    largestSubmission: 100_000,
  });
  document = (await (await request("GET", "/v1/openapi.json")).json()) as OpenApi;
  ajv.addSchema(document, "api");
});
afterAll(async () => {
  await runs.close();
  folder.remove();
});

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function request(method: string, path: string, { body, headers }: Sent = {}) {
  return api.request(path, {
    method,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    headers: {
      authorization: `Bearer ${TOKEN}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
  });
}

/** Calls and holds the answer against the document: its status, its type, its form. */
async function call(method: string, path: string, sent?: Sent) {
  const response = await request(method, path, sent);
  const { status, headers } = response;
  const bytes = Buffer.from(await response.arrayBuffer());
  const type = headers.get("content-type")!.split(";")[0]!;
  const route = routeOf(path);
  const described = document.paths[route]?.[method.toLowerCase()]?.responses[status];
  expect(described?.content, `${method} ${route} answers ${status}: ${bytes}`).toHaveProperty([type]);
  if (!type.endsWith("json")) return { status, headers, bytes, json: undefined };
  const json = JSON.parse(bytes.toString());
  const pointer = ["paths", route, method.toLowerCase(), "responses", status, "content", type, "schema"];
  const escaped = pointer.map((part) => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1")));
  const validate = ajv.getSchema(`api#/${escaped.join("/")}`) ?? expect.fail(`no schema for ${pointer.join(" ")}`);
  expect(validate(json), `${method} ${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
  return { status, headers, bytes, json };
}

function routeOf(path: string): string {
  const plain = path.replace(/\?.*/, "");
  const fits = (route: string) => new RegExp(`^${route.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(plain);
  return Object.keys(document.paths).find(fits) ?? expect.fail(`the document has no ${plain}`);
}

function newRun({ submission, artifacts }: Package) {
  const encoded = [...artifacts].map(([ref, bytes]) => [
    ref.slice("artifact://".length),
    Buffer.from(bytes).toString("base64"),
  ]);
  return { manifest: submission, artifacts: Object.fromEntries(encoded) };
}

/** Reads a run's events as they come, until one that is wanted or the stream ends. */
async function follow(runId: string, isWanted: (event: EventEnvelope) => boolean, headers = {}) {
  const response = await request("GET", `/v1/runs/${runId}/events`, {
    headers: { accept: "text/event-stream", ...headers },
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events: EventEnvelope[] = [];
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return { events, isEnded: true };
    const parts = (text + value).split("\n\n");
    text = parts.pop()!;
    for (const part of parts) {
      const [, data] = /^data: (.*)$/m.exec(part)!;
      const event = JSON.parse(data!) as EventEnvelope;
      expect(part).toContain(`id: ${event.seq}`);
      events.push(event);
      if (!isWanted(event)) continue;
      await reader.cancel();
      return { events, isEnded: false };
    }
  }
}

const opensGate = ({ name, payload }: EventEnvelope) =>
  name.includes("gate") && JSON.stringify(payload).includes("publish");

describe("a run by way of the API", () => {
  const submitted = newRun(packedExit({ run: { gates: { manual: ["publish"] } } }));
  const runId = submitted.manifest.run_id;
  const run = `/v1/runs/${runId}`;

  it("starts, waits at its gate, goes on once somebody approves, and ends; the log comes as it is written", async () => {
    const started = await call("POST", "/v1/runs", { body: submitted });
    expect(started).toMatchObject({ status: 202, json: { run_id: runId, is_new: true } });
    const before = await follow(runId, opensGate);
    expect(before.isEnded).toBe(false);
    const last = String(before.events.at(-1)!.seq);

    await expect.poll(async () => (await call("GET", run)).json.state, { timeout: 20_000 }).toBe("blocked");
    await expect.poll(async () => (await call("GET", run)).json.holder, { timeout: 20_000 }).toBeUndefined();
    const decided = await call("POST", `${run}/gates/publish`, { body: { decision: "approved", ...WHY } });
    expect(decided).toMatchObject({ status: 202, json: { run_id: runId, is_new: false } });

    const after = await follow(runId, () => false, { "last-event-id": last });
    expect(after.isEnded).toBe(true);
    expect(after.events[0]!.seq).toBe(Number(last) + 1);
    expect(after.events.at(-1)!.name).toBe("run_completed");
    expect(failures).toEqual([]);
  }, 60_000);

  it("tells its status, summary, log, bundle and provenance", async () => {
    expect((await call("GET", run)).json).toMatchObject({ state: "succeeded", current_stage: "complete" });
    expect((await call("GET", "/v1/runs/latest/summary")).json).toMatchObject({ run_id: runId, is_published: true });
    const { json: index } = await call("GET", `${run}/bundle`);
    expect(index.kind).toBe("restep.bundle");
    const { bytes: module } = await call("GET", `${run}/bundle/module.wasm`);
    expect(WebAssembly.validate(module)).toBe(true);
    expect(module.length).toBe(index.files.find(({ role }: { role: string }) => role === "module").size);
    const { bytes: provenance } = await call("GET", `${run}/provenance`);
    expect(provenance.equals(await runs.provenance(runId))).toBe(true);
    expect((await call("GET", `${run}/provenance?form=slsa`)).json._type).toBe("https://in-toto.io/Statement/v1");
  });

  it("has a log of pages that make it up", async () => {
    const pages: EventEnvelope[] = [];
    for (let next: number | undefined = 0; next !== undefined; ) {
      const { json } = await call("GET", `${run}/events?after=${next}&limit=7`);
      expect(json.events.length).toBeLessThanOrEqual(7);
      pages.push(...json.events);
      next = json.next;
    }
    const whole: EventEnvelope[] = [];
    for await (const event of runs.events(runId)) whole.push(event);
    expect(pages).toEqual(whole);
  });

  it("is the same run when it is submitted again, and another under a fresh id, which can be cancelled", async () => {
    expect((await call("POST", "/v1/runs", { body: submitted })).json).toEqual({ run_id: runId, is_new: false });
    const { json: other } = await call("POST", "/v1/runs", { body: { ...submitted, fresh_id: true } });
    expect(other).toMatchObject({ is_new: true });
    const { json } = await call("POST", `/v1/runs/${other.run_id}/cancel`, { body: WHY });
    expect(json.cancel).toMatch(/^(cancelled|asked)$/);
    const { events } = await follow(other.run_id, () => false);
    expect(events.at(-1)!.name).toMatch(/run_(completed|failed|cancelled)/);

    const { json: listed } = await call("GET", "/v1/runs?limit=1");
    expect(listed.runs).toHaveLength(1);
    const { json: rest } = await call("GET", `/v1/runs?limit=1&after=${listed.next}`);
    expect(rest).toMatchObject({ runs: [{ run_id: runId }] });
    expect(rest).not.toHaveProperty("next");
    expect((await call("GET", "/v1/runs?state=succeeded")).json.runs).toMatchObject([{ run_id: runId }]);
  }, 60_000);

  it.each([
    ["decide in", `/gates/publish`, { decision: "approved", ...WHY }],
    ["cancel", "/cancel", WHY],
  ])("has ended: there is nothing left to %s", async (_, path, body) => {
    expect(await call("POST", run + path, { body })).toMatchObject({ status: 409, json: { title: "GateRefusal" } });
  });
});

describe("what is refused", () => {
  const submitted = newRun(packedExit({ functions_per_shard: 3 }));
  const secretConfig = canonicalBytes({
    schema_version: 1,
    validation: { runs: [{ args: [`AKIA${"J2Q7".repeat(4)}`] }] },
  });
  const withSecret = {
    manifest: { ...submitted.manifest, config_manifest: `artifact://${sha256(secretConfig)}` },
    artifacts: { ...submitted.artifacts, [sha256(secretConfig)]: Buffer.from(secretConfig).toString("base64") },
  };
  /** The only one that no run before has brought. */
  const own = submitted.manifest.config_manifest.slice("artifact://".length);
  const json = (body: unknown): Sent => ({ body });

  it.each<[string, number, string, string, Sent?]>([
    ["a run that is not there", 404, "GET", `/v1/runs/${NOBODY}`],
    ["what names no run", 400, "GET", "/v1/runs/nobody"],
    ["a page of none", 400, "GET", "/v1/runs?limit=0"],
    ["a page of too many", 400, "GET", "/v1/runs?limit=1001"],
    ["a state that is none", 400, "GET", "/v1/runs?state=done"],
    ["a place in the log that is none", 400, "GET", `/v1/runs/${NOBODY}/events?after=-1`],
    [
      "a log that is not there, followed",
      404,
      "GET",
      `/v1/runs/${NOBODY}/events`,
      { headers: { accept: "text/event-stream" } },
    ],
    ["a form of provenance that is none", 400, "GET", `/v1/runs/${NOBODY}/provenance?form=pdf`],
    ["no submission", 400, "POST", "/v1/runs", json({})],
    ["a submission that is no JSON", 400, "POST", "/v1/runs", json("{")],
    [
      "a submission that does not say that it is JSON",
      415,
      "POST",
      "/v1/runs",
      { body: JSON.stringify(submitted), headers: { "content-type": "text/plain" } },
    ],
    ["an unknown field", 400, "POST", "/v1/runs", json({ ...submitted, extra: 1 })],
    ["an artifact that is not base64", 400, "POST", "/v1/runs", json({ ...submitted, artifacts: { [own]: "%" } })],
    [
      "an artifact of another hash",
      400,
      "POST",
      "/v1/runs",
      json({ ...submitted, artifacts: { ...submitted.artifacts, [own]: "AAAA" } }),
    ],
    ["an artifact that is nowhere", 400, "POST", "/v1/runs", json({ manifest: submitted.manifest })],
    ["a secret", 422, "POST", "/v1/runs", json(withSecret)],
    ["too much", 413, "POST", "/v1/runs", json({ ...submitted, artifacts: { [own]: "A".repeat(100_000) } })],
    ["a decision that is none", 400, "POST", `/v1/runs/${NOBODY}/gates/publish`, json({ ...WHY, decision: "maybe" })],
    [
      "a decision without a reason",
      400,
      "POST",
      `/v1/runs/${NOBODY}/gates/publish`,
      json({ by: "a", reason: "", decision: "approved" }),
    ],
    [
      "a decision in a run that is not there",
      404,
      "POST",
      `/v1/runs/${NOBODY}/gates/publish`,
      json({ ...WHY, decision: "approved" }),
    ],
    ["to go on with a run that is not there", 404, "POST", `/v1/runs/${NOBODY}/resume`],
    ["to cancel a run that is not there", 404, "POST", `/v1/runs/${NOBODY}/cancel`, json(WHY)],
  ])("%s", async (_, status, method, path, sent) => {
    const answer = await call(method, path, sent);
    expect(answer.status, answer.bytes.toString()).toBe(status);
    expect(answer.json).toMatchObject({ type: "about:blank", status });
    expect(answer.json.detail).not.toContain("AKIA");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  it.each([
    ["no token", {}],
    ["another token", { authorization: "Bearer 0123456789abcdeF" }],
    ["another scheme", { authorization: `Basic ${TOKEN}` }],
  ])("every call but that of health, with %s", async (_, headers) => {
    for (const [route, methods] of Object.entries({
      ...document.paths,
      "/v1/openapi.json": { get: {} },
      "/none": { get: {} },
    })) {
      for (const method of Object.keys(methods)) {
        const path = route.replaceAll(/\{\w+\}/g, NOBODY);
        const { status } = await api.request(path, { method: method.toUpperCase(), headers });
        expect(status, `${method} ${route}`).toBe(route === "/healthz" ? 200 : 401);
      }
    }
  });

  it("a call that there is none of", async () => {
    const response = await request("GET", "/v1/nothing");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      detail: "expected a call that /v1/openapi.json lists, found GET /v1/nothing",
    });
  });

  it("bodies that are too large together, until those under way are answered", async () => {
    now += 1_000_000;
    const ends: (() => void)[] = [];
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const begin = () => {
      const body = new ReadableStream({ start: (controller) => void ends.push(() => controller.close()) });
      const init = { method: "POST", headers, body, duplex: "half" };
      return Promise.resolve(api.request("/v1/runs", init as RequestInit));
    };
    const underWay = [begin(), begin()];
    const refused = await request("POST", "/v1/runs", { body: "{}", headers: { "content-length": "2" } });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ code: "too_much_at_once" });
    expect((await request("GET", "/v1/runs")).status).toBe(200);
    for (const end of ends) end();
    for (const answer of underWay) expect((await answer).status).toBe(400);
    expect((await request("POST", "/v1/runs", { body: "{}" })).status).toBe(400);
  });

  it("calls that come too fast, until time has passed; health is always told", async () => {
    now += 1_000_000;
    const answers = await Promise.all(Array.from({ length: 1_001 }, () => request("GET", "/v1/nothing")));
    const late = answers.filter(({ status }) => status === 429);
    expect(late).toHaveLength(1);
    expect(late[0]!.headers.get("retry-after")).toBe("1");
    expect((await call("GET", "/healthz")).json).toEqual({ status: "ok" });
    now += 100;
    expect((await request("GET", "/v1/nothing")).status).toBe(404);
  });
});

describe("the OpenAPI document", () => {
  it("names every call, and says which need the token", () => {
    const calls = Object.entries(document.paths).flatMap(([route, methods]) =>
      Object.values(methods).map((operation) => ({ route, ...operation })),
    );
    expect(new Set(calls.map(({ operationId }) => operationId)).size).toBe(calls.length);
    for (const { route, operationId, summary, security, responses } of calls) {
      expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(summary).toBeTruthy();
      expect(security, route).toEqual(route === "/healthz" ? undefined : [{ token: [] }]);
      expect("401" in responses, route).toBe(route !== "/healthz");
    }
  });
});
