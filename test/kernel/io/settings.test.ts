import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BreakerSettings, ExecSettings, HttpSettings } from "../../../shared/contracts/io-settings.ts";
import { KernelError } from "../../../shared/kernel/errors.ts";
import * as errors from "../../../shared/kernel/io/errors.ts";

const page = readFileSync("docs/io.md", "utf8");

describe("settings that are left out", () => {
  it("allow nothing, within limits", () => {
    expect(ExecSettings.parse({})).toEqual({
      allow: [],
      timeout_ms: 60_000,
      max_output_bytes: 1_048_576,
      env_allowlist: [],
    });
    expect(HttpSettings.parse({})).toMatchObject({ allow: [], timeout_ms: 60_000, env_allowlist: [] });
    expect(BreakerSettings.parse({})).toEqual({ failures: 5, half_open_after_ms: 30_000 });
  });
});

describe("settings", () => {
  it.each([
    ["a program without an absolute path", ExecSettings, { allow: [{ name: "cc", program: "cc" }] }],
    ["two programs of one name", ExecSettings, { allow: [1, 2].map(() => ({ name: "cc", program: "/bin/cc" })) }],
    ["a digest that is none", ExecSettings, { allow: [{ name: "cc", program: "/bin/cc", sha256: "AB" }] }],
    ["more time than a Lambda has", ExecSettings, { timeout_ms: 900_001 }],
    ["a variable that is none", ExecSettings, { env_allowlist: ["A=B"] }],
    ["the key that signs, for a program", ExecSettings, { env_allowlist: ["RESTEP_SIGNING_KEY"] }],
    ["the key that seals, for a header, in any case", HttpSettings, { env_allowlist: ["restep_secret_key"] }],
    ["a host with a path", HttpSettings, { allow: [{ host: "example.com/api" }] }],
    ["a host with a user", HttpSettings, { allow: [{ host: "me@example.com" }] }],
    ["a host with a wildcard", HttpSettings, { allow: [{ host: "*.example.com" }] }],
    ["a method that is none", HttpSettings, { allow: [{ host: "example.com", methods: ["get"] }] }],
    ["no failures", BreakerSettings, { failures: 0 }],
    ["an unknown key", BreakerSettings, { failure: 1 }],
  ])("with %s are refused", (_what, schema, settings) => {
    expect(schema.safeParse(settings).success).toBe(false);
  });

  it.each(["example.com", "example.com:8443", "127.0.0.1:80", "[::1]:8080", "localhost"])(
    "may name the host %s",
    (host) => {
      expect(HttpSettings.safeParse({ allow: [{ host }] }).success).toBe(true);
    },
  );
});

describe("the page on calls to the outside", () => {
  it("shows settings that are valid", () => {
    const { run } = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)![1]!);
    expect(() => [
      ExecSettings.parse(run.exec),
      HttpSettings.parse(run.http),
      BreakerSettings.parse(run.breaker),
    ]).not.toThrow();
  });

  it("names every error that a call can fail with", () => {
    const named = [...page.matchAll(/`([A-Z]\w+)`/g)].map((match) => match[1]);
    const classes = Object.entries(errors).filter(([, value]) => value.prototype instanceof KernelError);
    const thrown = classes.map(([name]) => name).filter((name) => name !== "RecordedError");
    expect(thrown.length).toBeGreaterThan(15);
    expect(thrown.filter((name) => !named.includes(name))).toEqual([]);
  });
});
