import { describe, expect, it } from "vitest";
import { toErrorInfo } from "../../../shared/kernel/errors.ts";
import { SecretRefused } from "../../../shared/kernel/secrets/errors.ts";
import { refuseSecrets } from "../../../shared/kernel/secrets/refuse.ts";

const KEY = "hV7+q2LxPz9/RkT4wYb1Nc8sJd3Gf6Ue0AmIoXtE5vQ=";

function refusal(what: string, value: unknown, declared?: readonly string[]): SecretRefused {
  try {
    refuseSecrets(what, value, declared === undefined ? {} : { declared });
  } catch (error) {
    if (error instanceof SecretRefused) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("refusing secrets", () => {
  it("lets clean values pass", () => {
    expect(refuseSecrets("event run_started", { run_id: "6f0a3f0e-6f3b-4d0e-9a52-5b1b7f6f2c11" })).toBeUndefined();
  });

  it("says where, by which rule and what to do, but not what", () => {
    const error = refusal("config manifest", { runs: [{ args: ["--password", KEY] }], note: "my secret word" }, [
      "my secret word",
    ]);
    expect(error.message).toBe(
      "config manifest: expected no secrets, found 2: /runs/0/args/1 (named-secret), /note (declared-value). " +
        "Take the secret out and pass it in an environment variable that run.secrets of the config manifest names, or " +
        "set RESTEP_SECRET_KEY: answers from outside that hold secrets are then kept sealed",
    );
    expect(JSON.stringify(toErrorInfo(error))).not.toMatch(/hV7|secret word/);
  });

  it("is an error of the contract that is never retried, under its own name", () => {
    expect(toErrorInfo(refusal("event", { password: KEY }))).toMatchObject({
      name: "SecretRefused",
      code: "secret_refused",
      category: "contract",
      retryable: false,
      details: { what: "event", found: 1, places: [{ pointer: "/password", rule: "named-secret" }] },
    });
  });

  it("names five places and counts the rest", () => {
    const error = refusal(
      "fact",
      Array.from({ length: 8 }, () => ({ token: KEY })),
    );
    expect(error.message).toContain("found 8: /0/token (named-secret), ");
    expect(error.message).toContain("/4/token (named-secret) and 3 more. ");
    expect(error.message).not.toContain("/5/token");
    expect(error.details).toMatchObject({ found: 8, places: { length: 5 } });
  });

  it("keeps endless pointers short, and names a bare value", () => {
    expect(refusal("fact", { ["long ".repeat(1_000)]: { token: KEY } }).message.length).toBeLessThan(600);
    expect(refusal("fact", `password=${KEY}`).message).toContain("found 1: the whole value (named-secret)");
  });
});
