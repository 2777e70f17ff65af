import { describe, expect, it } from "vitest";
import { ErrorCategory } from "../../shared/contracts/error-info.ts";
import { effectOf, errorMeanings, errorNamesOfRetryClass, meaningOf } from "../../shared/contracts/error-registry.ts";
import { ErrorCode } from "../../shared/contracts/ids.ts";

describe("the error registry", () => {
  it("names what a state machine retries, sorted", () => {
    expect(errorNamesOfRetryClass("transient_io")).toEqual([
      "AttemptAborted",
      "CircuitOpen",
      "ConcurrencyError",
      "IoError",
      "Lambda.AWSLambdaException",
      "Lambda.ClientExecutionTimeoutException",
      "Lambda.SdkClientException",
      "Lambda.ServiceException",
      "Lambda.TooManyRequestsException",
      "MissingFactRetryable",
      "RateLimited",
      "TransientIo",
      "TransportFailed",
    ]);
  });

  it("has every name in exactly one retry class", () => {
    const names = [...errorNamesOfRetryClass("transient_io"), ...errorNamesOfRetryClass("never")];
    expect(names.sort()).toEqual(
      errorMeanings()
        .map(({ name }) => name)
        .sort(),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(errorMeanings().map((row) => [row.name, row] as const))(
    "gives %s codes and a category of the contract",
    (_name, row) => {
      for (const code of row.codes) expect(ErrorCode.safeParse(code).success).toBe(true);
      expect(ErrorCategory.options).toContain(row.category);
    },
  );

  /** Who ends a process, or sets something aside, is decided here and shown nowhere else. */
  it.each([
    ["stops", ["AccessDeniedError", "ChainMismatch", "LayoutError", "NoSpaceError"]],
    ["quarantine", ["CorruptionError"]],
  ] as const)("has these with the effect %s, and no others", (effect, expected) => {
    const names = errorMeanings().filter((row) => row.effect === effect);
    expect(names.map(({ name }) => name).sort()).toEqual(expected);
    for (const name of expected) expect(effectOf(name)).toBe(effect);
  });

  it("takes an error that nobody knows for a verdict: gates fail closed", () => {
    expect(effectOf("NoSuchError")).toBe("verdict");
  });

  it("has one error that is a cancellation", () => {
    expect(
      errorMeanings()
        .filter(({ exit }) => exit === "cancelled")
        .map(({ name }) => name),
    ).toEqual(["RunCancelled"]);
  });

  it("retries nothing that stops the process, and nothing that is bad input", () => {
    const retried = errorMeanings().filter(({ retry }) => retry !== "never");
    expect(retried.filter(({ effect, exit }) => effect === "stops" || exit === "bad_input")).toEqual([]);
  });

  it("knows no name that is not there", () => {
    expect(meaningOf("NoSuchError")).toBeUndefined();
    expect(meaningOf("toString")).toBeUndefined();
  });
});
