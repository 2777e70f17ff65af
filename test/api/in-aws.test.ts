import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessToken, createApi, type Door, tokenDigest, tokensDoor } from "../../shared/api/index.ts";
import { openRuns } from "../../shared/local/open-runs.ts";
import type { Runs } from "../../shared/runs/runs.ts";
import { systemClock } from "../../shared/stores/clock.ts";
import { finishedRun, type StoredRun } from "../runs/verify/finished-run.ts";

let stored: StoredRun;
let runs: Runs;
beforeAll(async () => {
  stored = await finishedRun();
  runs = await openRuns({ store: stored.store, workers: 1, asFound: true });
}, 120_000);
afterAll(async () => {
  await runs.close();
  stored.remove();
});

const [first, second] = [1, 2].map((byte) => accessToken(new Uint8Array(32).fill(byte))) as [string, string];

/** The API as a deployment has it. */
function deployed(door: Door) {
  const app = createApi({
    runs,
    door,
    version: "1.2.3",
    clock: systemClock,
    isStreaming: false,
    linkTo: async (ref, { name, type }) => `https://bucket.test/${ref.slice(11)}?name=${name}&type=${type}`,
  });
  return (path: string, token?: string) =>
    app.request(path, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });
}

describe("the API of a deployment", () => {
  it("says where each file of a bundle can be fetched, and sends whoever wants the module there", async () => {
    const call = deployed({ scheme: { type: "http", scheme: "bearer" }, check: (_context, next) => next() });
    const index = (await (await call("/v1/runs/latest/bundle")).json()) as {
      readonly files: readonly { readonly path: string; readonly artifact: string; readonly url: string }[];
    };
    const digits = (artifact: string) => artifact.slice("artifact://".length);
    for (const { path, artifact, url } of index.files) {
      const type = path.endsWith(".wasm") ? "application/wasm" : "application/json";
      expect(url).toBe(`https://bucket.test/${digits(artifact)}?name=${path.split("/").at(-1)}&type=${type}`);
    }
    const module = await call("/v1/runs/latest/bundle/module.wasm");
    expect(module.status).toBe(302);
    expect(module.headers.get("location")).toBe(index.files.find(({ path }) => path === "module.wasm")?.url);
    const document = (await (await call("/v1/openapi.json")).json()) as object;
    const ajv = addFormats.default(new Ajv2020({ strict: false })).addSchema(document, "api");
    const valid = ajv.getSchema("api#/components/schemas/Bundle") ?? expect.fail("no schema of a bundle");
    expect(valid(index), ajv.errorsText(valid.errors)).toBe(true);
  });
});

describe("a door for whoever shows one of the tokens that are kept", () => {
  const kept = new Map([first, second].map((token, at) => [`token ${at}`, { sha256: tokenDigest(token) }]));
  let looks = 0;
  const call = () =>
    deployed(
      tokensDoor(async function* () {
        looks += 1;
        yield* [...kept.values()];
      }),
    );

  it("lets in who shows any of them, until it is revoked", async () => {
    const ask = call();
    for (const token of [first, second]) expect((await ask("/v1/runs", token)).status).toBe(200);
    kept.delete("token 0");
    expect((await ask("/v1/runs", first)).status).toBe(401);
    expect((await ask("/v1/runs", second)).status).toBe(200);
  });

  it.each([
    ["none", undefined],
    ["another", accessToken(new Uint8Array(32).fill(3))],
    ["the beginning of one", second.slice(0, -1)],
    ["what is kept of one", tokenDigest(second)],
  ])("lets nobody in who shows %s, and says so", async (_, token) => {
    const refused = await call()("/v1/runs", token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect(await refused.json()).toMatchObject({
      code: "token_wrong",
      detail: expect.stringContaining("expected a token of this deployment as `Authorization: Bearer TOKEN`, found"),
    });
  });

  it("looks up nothing that can be no token, and answers whether it lives without one", async () => {
    looks = 0;
    const ask = call();
    expect((await ask("/v1/runs", "guess")).status).toBe(401);
    expect((await ask("/healthz")).status).toBe(200);
    expect(looks).toBe(0);
  });
});
