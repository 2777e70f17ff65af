import { describe, expect, it } from "vitest";
import { ErrorCategory } from "../../shared/contracts/error-info.ts";
import { errorMeanings, errorNamesOfRetryClass, meaningOf } from "../../shared/contracts/error-registry.ts";
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

  it("retries nothing that stops the process, and nothing that is bad input", () => {
    const retried = errorMeanings().filter(({ retry }) => retry !== "never");
    expect(retried.filter(({ effect, exit }) => effect === "stops" || exit === "bad_input")).toEqual([]);
  });

  it("knows no name that is not there", () => {
    expect(meaningOf("NoSuchError")).toBeUndefined();
    expect(meaningOf("toString")).toBeUndefined();
  });
});
