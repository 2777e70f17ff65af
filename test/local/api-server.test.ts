import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiServer, startApiServer } from "../../shared/local/api-server.ts";
import { openRuns } from "../../shared/local/open-runs.ts";
import type { Runs } from "../../shared/runs/runs.ts";

const TOKEN = "0123456789abcdef";
let runs: Runs;
let server: ApiServer;
beforeAll(async () => {
  runs = await openRuns({ store: "memory:", workers: 1 });
  server = await startApiServer({
    runs,
    token: TOKEN,
    version: "0",
    host: "127.0.0.1",
    port: 0,
    allowedHosts: ["runs.internal"],
    onFailure: () => undefined,
  });
});
afterAll(async () => {
  await server.close();
  await runs.close();
});

/** As browsers and curl call; fetch would not let the name be another than the one called. */
function statusOf(path: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(server.url + path, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("the server of the API", () => {
  const authorization = `Bearer ${TOKEN}`;

  it.each<[number, string, Record<string, string>]>([
    [200, "its own name", {}],
    [200, "a name it was told to allow", { host: "runs.internal" }],
    [200, "a page of its own", { origin: "http://127.0.0.1:1" }],
    [403, "a name led here by another", { host: "evil.example" }],
    [403, "another's page", { origin: "https://evil.example" }],
  ])("answers %i to %s", async (status, _, headers) => {
    expect(await statusOf("/v1/runs", { authorization, ...headers })).toBe(status);
    expect(await statusOf("/healthz", headers)).toBe(status);
  });

  it("wants the token of every call but health", async () => {
    expect(await statusOf("/v1/runs", {})).toBe(401);
    expect(await statusOf("/healthz", {})).toBe(200);
  });

  it("takes no calls once it is closed", async () => {
    const other = await startApiServer({
      runs,
      token: TOKEN,
      version: "0",
      host: "127.0.0.1",
      port: 0,
      onFailure: () => {},
    });
    const response = await fetch(`${other.url}/healthz`);
    await other.close();
    expect(response.status).toBe(200);
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});
