import { describe, expect, it } from "vitest";
import type { DomainEventName } from "../../shared/contracts/event-payloads.ts";
import { RunConfig } from "../../shared/contracts/run-config.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { TransientIo, ValidationFailed } from "../../shared/kernel/errors.ts";
import { weakSecrets } from "../../shared/kernel/secrets-guard.ts";
import { addOne, createTestRun, type TestRun } from "./support.ts";

/** Of a known shape; put together here, so that nobody takes this file for a leak. */
const TOKEN = `ghp_${"a1B2c3".repeat(6)}`;
const DECLARED = "correct horse battery";
const declaring = { config: { secrets: ["STORE_PASSWORD"] }, environment: { STORE_PASSWORD: DECLARED } };
const secrets: [string, string, Parameters<typeof createTestRun>[0]][] = [
  ["of a known shape", TOKEN, {}],
  ["that the config declares", DECLARED, declaring],
];

/** An event that the contract does not know: its payload may be any. */
const said = (note: string) => ({ name: "recomp.something.said" as DomainEventName, payload: { note } });

/** Everything that the run left behind, as text. */
async function traces({ events, memory, lines }: TestRun): Promise<string> {
  const artifacts = [...memory.artifacts.values()].map(({ bytes }) => Buffer.from(bytes).toString());
  return JSON.stringify([await events(), artifacts, lines]);
}

describe.each(secrets)("a secret %s", (_name, secret, options) => {
  const textOf = (error: unknown) => {
    const { message, stack, cause, details } = error as Error & { details?: unknown };
    return JSON.stringify([message, stack, details, (cause as Error | undefined)?.message]);
  };

  it("in an event is refused: the state fails, and the secret stands nowhere", async () => {
    const run = await createTestRun(options);
    const stage = addOne(({ emit }) => {
      emit(said(`it is ${secret}`));
    });
    const error = await run.attempt(stage, { n: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: "SecretRefused",
      message: expect.stringContaining("event recomp.something.said"),
    });
    expect(await run.names()).toEqual(["state_entered", "state_failed"]);
    expect(await traces(run)).not.toContain(secret);
  });

  it("in an event that is written at once is refused", async () => {
    const run = await createTestRun(options);
    const stage = addOne(({ record }) => record(said(secret)));
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "SecretRefused" });
    expect(await traces(run)).not.toContain(secret);
  });

  it("in an artifact is refused where the artifact is structured", async () => {
    const run = await createTestRun(options);
    const stage = addOne(async ({ artifacts }) => {
      await putDocument(artifacts, "output", { list: [{ note: secret }] });
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({
      name: "SecretRefused",
      message: expect.stringContaining("output artifact"),
    });
    expect(await traces(run)).not.toContain(secret);
  });

  it("in a document is refused wherever it would stand in the JSON", async () => {
    const values = [{ [secret]: 1 }, { at: { toJSON: () => ({ note: secret }) } }, [[`it is ${secret}`]]];
    for (const value of values) {
      const run = await createTestRun(options);
      const stage = addOne(async ({ artifacts }) => {
        await putDocument(artifacts, "output", value);
      });
      await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "SecretRefused" });
      expect(await traces(run)).not.toContain(secret);
    }
  });

  it("in a document is refused also by a run that tells of every artifact", async () => {
    const run = await createTestRun({ ...options, config: { ...options?.config, event_profile: "verbose" } });
    const stage = addOne(async ({ artifacts }) => {
      await putDocument(artifacts, "output", { note: secret });
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "SecretRefused" });
    expect(await traces(run)).not.toContain(secret);
  });

  it("in a text that only begins like a document is refused too", async () => {
    const run = await createTestRun(options);
    const stage = addOne(async ({ artifacts }) => {
      await artifacts.put("output", new TextEncoder().encode(`{ not json: ${secret}`));
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "SecretRefused" });
  });

  it("in the output is refused, as the snapshot it would become", async () => {
    const run = await createTestRun(options);
    await expect(
      run.attempt(
        addOne(() => ({ sum: 1, note: secret })),
        { n: 1 },
      ),
    ).rejects.toMatchObject({
      name: "SecretRefused",
      message: expect.stringContaining("context_snapshot artifact"),
    });
    expect(await run.names()).toEqual(["state_entered", "state_failed"]);
    expect(await traces(run)).not.toContain(secret);
  });

  it("in the input is refused before anything is recorded", async () => {
    const run = await createTestRun(options);
    await expect(run.attempt(addOne(), { n: secret })).rejects.toMatchObject({ name: "SecretRefused" });
    expect(await run.names()).toEqual([]);
    expect(await traces(run)).not.toContain(secret);
  });

  it("in an error is blotted out wherever the error goes, its thrower's name kept", async () => {
    const run = await createTestRun(options);
    const stage = addOne(() => {
      throw new ValidationFailed(`cannot log in with ${secret}`, { details: { note: `it was ${secret}` } });
    });
    const error = await run.attempt(stage, { n: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ValidationFailed", code: "validation_failed", retryable: false });
    expect((error as Error).message).toMatch(/^cannot log in with \[redacted/);
    expect(textOf(error)).not.toContain(secret);
    expect(await run.names()).toEqual(["state_entered", "state_failed"]);
    expect(await traces(run)).not.toContain(secret);
    expect(await traces(run)).toContain("[redacted");
  });

  it("in the last error of a budget is blotted out in what is escalated", async () => {
    const run = await createTestRun({ ...options, config: { ...options?.config, retry_policy: { max_attempts: 1 } } });
    const stage = addOne(() => {
      throw new TransientIo(`timed out at ${secret}`);
    });
    const error = await run.attempt(stage, { n: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "RetryBudgetExhausted" });
    expect(textOf(error)).not.toContain(secret);
    expect(await run.names()).toContain("recomp.run.escalated");
    expect(await traces(run)).not.toContain(secret);
  });

  it("in what a failed attempt had said is blotted out in its snapshot", async () => {
    const run = await createTestRun(options);
    const stage = addOne(({ emit }) => {
      emit(said(secret));
      throw new ValidationFailed("no");
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow("no");
    expect(await run.names()).toEqual(["state_entered", "state_failed"]);
    expect(await traces(run)).not.toContain(secret);
  });
});

describe("bytes that are no document", () => {
  it("are not looked into", async () => {
    const run = await createTestRun();
    const bytes = new TextEncoder().encode(`\0asm ${TOKEN}`);
    await run.attempt(
      addOne(async ({ artifacts }) => void (await artifacts.put("output", bytes))),
      { n: 1 },
    );
    expect(await run.names()).toContain("state_completed");
  });
});

describe("a declared secret", () => {
  it("that is not set hides nothing", async () => {
    const run = await createTestRun({ config: declaring.config });
    await run.attempt(
      addOne(({ emit }) => void emit(said(DECLARED))),
      { n: 1 },
    );
    expect(await run.names()).toContain("recomp.something.said");
  });

  it.each(["abc12", " abc12 "])("too short to look for is left out, and named as weak: '%s'", async (value) => {
    const run = await createTestRun({ ...declaring, environment: { STORE_PASSWORD: value } });
    await run.attempt(
      addOne(({ emit }) => {
        emit(said(`${value}!`));
      }),
      { n: 1 },
    );
    expect(await run.names()).toContain("recomp.something.said");
    const config = RunConfig.parse(declaring.config);
    expect(weakSecrets(config, (name) => (name === "STORE_PASSWORD" ? value : undefined))).toEqual(["STORE_PASSWORD"]);
    expect(weakSecrets(config, () => DECLARED)).toEqual([]);
    expect(weakSecrets(config, () => undefined)).toEqual([]);
  });

  it("of six characters is long enough to look for", async () => {
    const run = await createTestRun({ ...declaring, environment: { STORE_PASSWORD: "abc123" } });
    const stage = addOne(({ emit }) => {
      emit(said("it is abc123!"));
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "SecretRefused" });
    expect(weakSecrets(RunConfig.parse(declaring.config), () => "abc123")).toEqual([]);
  });

  it("is looked for too where a config lets it into headers, and where it seals", async () => {
    for (const [name, config] of [
      ["API_KEY", { http: { env_allowlist: ["API_KEY"] } }],
      ["RESTEP_SECRET_KEY", {}],
    ] as const) {
      const run = await createTestRun({ config, environment: { [name]: DECLARED } });
      const stage = addOne(({ emit }) => {
        emit(said(DECLARED));
      });
      await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "SecretRefused" });
    }
  });
});

describe("an answer from outside that holds a secret", () => {
  const login = (seen: unknown[]) =>
    addOne(async ({ io }) => {
      seen.push((await io.call({ namespace: "svc", name: "login", request: {} })).response);
    });
  const io = { mode: "live", transports: () => ({ svc: async () => ({ note: TOKEN }) }) } as const;

  it("is kept sealed with the key in the environment", async () => {
    const run = await createTestRun({ world: { io }, environment: { RESTEP_SECRET_KEY: "07".repeat(32) } });
    const seen: unknown[] = [];
    await run.attempt(login(seen), { n: 1 });
    expect(seen).toEqual([{ note: TOKEN }]);
    expect(await traces(run)).not.toContain(TOKEN);
    const fact = (await run.events()).find(({ name }) => name === "fact_recorded");
    expect((await run.stores.artifacts.stat(fact?.payload_ref as never))?.kinds).toEqual(["secret_payload"]);
  });

  it("fails the state with a key that is none, before anything is asked", async () => {
    const run = await createTestRun({ world: { io }, environment: { RESTEP_SECRET_KEY: "hunter2!" } });
    const seen: unknown[] = [];
    await expect(run.attempt(login(seen), { n: 1 })).rejects.toMatchObject({ name: "SecretKeyUnusable" });
    expect(seen).toEqual([]);
  });
});
