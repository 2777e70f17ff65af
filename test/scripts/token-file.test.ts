import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readTokenFile } from "../../scripts/cli/token-file.ts";
import { serveVerb } from "../../scripts/commands/serve.ts";
import { temporaryFolder } from "../e2e/cli.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const TOKEN = "0123456789abcdef0123456789abcdef";
const at = (name: string) => join(folder.path, name);

function file(name: string, text: string, mode = 0o600): string {
  writeFileSync(at(name), text, { mode });
  return at(name);
}

function fifo(name: string): string {
  execFileSync("mkfifo", ["-m", "600", at(name)]);
  return at(name);
}

describe("a token", () => {
  it("is what stands in the file, without the end of its line", async () => {
    expect(await readTokenFile("--token-file", file("good", `${TOKEN}\n`))).toBe(TOKEN);
  });

  it.each<[string, () => string, RegExp]>([
    ["a file that others may read", () => file("open", TOKEN, 0o644), /as chmod 600 makes it; found mode 0644 \(/],
    ["a file of a group's", () => file("group", TOKEN, 0o640), /found mode 0640 \(/],
    ["no file", () => at("none"), /^--token-file: expected a file with the token; found none \(/],
    ["a folder", () => folder.path, /found something else \(/],
    ["a FIFO", () => fifo("fifo"), /found something else \(/],
    ["too little", () => file("short", "abc"), /expected a token of 16 to 512 of .*found 3 characters/],
    ["what no header carries", () => file("odd", `${TOKEN} ${TOKEN}`), /expected a token of 16 to 512 of/],
    ["a large file", () => file("large", "x".repeat(5_000)), /found 5000 bytes \(/],
  ])("is not taken from %s, and not repeated", async (_, make, message) => {
    const refused = await readTokenFile("--token-file", make()).catch((error: Error) => error);
    expect(refused).toMatchObject({ name: "UsageError", message: expect.stringMatching(message) });
    expect(String(refused)).not.toContain(TOKEN);
  });
});

const OPTIONS = {
  port: "0",
  host: "127.0.0.1",
  allowHost: [],
  store: ".restep",
  isStoreGiven: false,
  json: false,
  asFound: false,
};

describe("restep serve", () => {
  it.each(["0.0.0.0", "::", "192.0.2.1", "example.com"])("listens at %s for nobody without a token", async (host) => {
    await expect(serveVerb({ ...OPTIONS, sfn: true, inMemory: true, host })).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining(`--host: expected --token-file FILE beside ${host}, which others reach`),
    });
  });

  it("serves runs for nobody without a token, not even this machine", async () => {
    await expect(serveVerb({ ...OPTIONS, api: true })).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining("serve: expected --token-file FILE: whoever may call can start, decide in"),
    });
  });

  it.each([
    [{}, "serve: expected --sfn (Step Functions) or --api (runs), found neither"],
    [{ sfn: true, api: true }, "serve: expected --sfn (Step Functions) or --api (runs), found both"],
    [{ api: true, inMemory: true }, "--in-memory: expected beside --sfn alone"],
    [{ api: true, lambdaEndpoint: "http://127.0.0.1:1" }, "--lambda-endpoint: expected beside --sfn alone"],
    [{ api: true, s3: "folder" }, "--s3: expected beside --sfn alone"],
    [{ api: true, mockConfig: "file" }, "--mock-config: expected beside --sfn alone"],
    [{ sfn: true, workers: "2" }, "--workers: expected beside --api alone"],
  ] as const)("is asked for one thing: %j", async (asked, message) => {
    await expect(serveVerb({ ...OPTIONS, ...asked })).rejects.toMatchObject({ name: "UsageError", message });
  });

  it("says what it was given in the place of buckets or mocked tasks", async () => {
    const none = at("none");
    await expect(serveVerb({ ...OPTIONS, sfn: true, s3: none })).rejects.toMatchObject({
      name: "UsageError",
      message: `--s3: expected a folder of buckets, found nothing (${none})`,
    });
    const mockConfig = at("mocks.json");
    writeFileSync(mockConfig, "{}");
    await expect(serveVerb({ ...OPTIONS, sfn: true, mockConfig })).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/^--mock-config: mock config: .*StateMachines/),
    });
    await expect(serveVerb({ ...OPTIONS, sfn: true, mockConfig: none })).rejects.toMatchObject({
      name: "UsageError",
      message: `--mock-config: expected a file with the mocked tasks of test cases; found none (${none})`,
    });
  });

  it("takes no name with a port", async () => {
    await expect(serveVerb({ ...OPTIONS, sfn: true, inMemory: true, allowHost: ["sfn:80"] })).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringMatching(/^--allow-host: expected a name, without a port/),
    });
  });
});
