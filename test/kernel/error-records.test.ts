import { describe, expect, it } from "vitest";
import { ErrorInfo } from "../../shared/contracts/error-info.ts";
import { errorInfoFromLambda, recordableError, shownErrorInfo } from "../../shared/kernel/error-records.ts";

const info = {
  name: "RateLimited",
  code: "rate_limited",
  category: "resource",
  retryable: true,
  message: "later",
} as const;

describe("an error that a state machine tells of", () => {
  it.each([
    [JSON.stringify({ errorType: "E", errorMessage: "the disk" }), "the disk"],
    [JSON.stringify({ errorMessage: 7 }), JSON.stringify({ errorMessage: 7 })],
    ["plain words", "plain words"],
    ["", ""],
  ])("says what its cause says: %s", (cause, message) => {
    expect(errorInfoFromLambda("E", cause).message).toBe(message);
  });
});

describe("an error of any kind", () => {
  it.each([
    ["N".repeat(257), "N".repeat(256)],
    ["", "Error"],
  ])("is recorded under its name, as far as a name goes: %.10s", (name, kept) => {
    const { code, ...recorded } = recordableError(Object.assign(new Error("why"), { name }));
    expect(recorded).toEqual({ name: kept, category: "unknown", retryable: false, message: "why" });
    expect(ErrorInfo.safeParse({ code, ...recorded }).success).toBe(true);
  });
});

describe("an error for those who may not see the log", () => {
  it("keeps what may be shown of its details, and no more", () => {
    const details = { service: "https://example.com", retry_after_ms: 5, body: "their words" };
    const shown = shownErrorInfo({ ...info, details } as never);
    expect(shown.details).not.toHaveProperty("body");
    expect(Object.keys(shown.details ?? {})).not.toEqual([]);
    for (const [key, value] of Object.entries(shown.details ?? {})) {
      expect(value).toBe(details[key as keyof typeof details]);
    }
  });

  it.each([[undefined], [null], [["body"]], ["body"], [{ body: "their words" }]])("has none of %j", (details) => {
    expect(shownErrorInfo({ ...info, details } as never)).toStrictEqual(info);
  });

  it("that nobody knows shows nothing", () => {
    expect(shownErrorInfo({ ...info, name: "Unheard", details: { service: "x" } } as never)).not.toHaveProperty(
      "details",
    );
  });
});
