import { describe, expect, it } from "vitest";
import { parseResource } from "../../shared/asl/index.ts";
import { errorMeanings, meaningOf } from "../../shared/contracts/error-registry.ts";
import { errorInfoFromLambda, recordableError } from "../../shared/kernel/error-records.ts";
import { toErrorInfo } from "../../shared/kernel/errors.ts";
import { poolResolver } from "../../shared/local/handlers.ts";
import { fromWireError, toWireError } from "../../shared/local/worker-protocol.ts";
import { ERROR_SAMPLES } from "../error-samples.ts";

const samples = ERROR_SAMPLES.map((error) => [error.name, error] as const);

/** What a Task fails with whose handler throws, and what the process was told of it. */
async function taskFailing(
  error: Error,
): Promise<{ thrown: Error & { error: string; cause: string }; stop: unknown[] }> {
  const stop: unknown[] = [];
  const pool = { call: () => Promise.reject(error), close: async () => {} };
  const resolver = poolResolver(pool, new AbortController().signal, (reason) => stop.push(reason));
  const resource = parseResource("arn:aws:lambda:us-east-1:123456789012:function:Link");
  const request = { resource, input: {}, signal: new AbortController().signal } as never;
  const thrown = await Promise.resolve(resolver.run(request)).then(
    () => expect.unreachable("it fails"),
    (caught: unknown) => caught,
  );
  return { thrown: thrown as Awaited<ReturnType<typeof taskFailing>>["thrown"], stop };
}

describe("an error between threads", () => {
  it.each(samples)("is the same on the other side: %s", (_name, error) => {
    const arrived = fromWireError(structuredClone(toWireError(error)));
    expect(toErrorInfo(arrived)).toEqual(recordableError(error));
    expect(arrived.stack).toBe(error.stack);
  });

  it("is sent whatever was thrown", () => {
    const odd = Object.assign(new Error("odd"), { details: { call: () => 1 }, code: "ENOENT" });
    expect(toErrorInfo(fromWireError(structuredClone(toWireError(odd))))).toEqual({
      name: "Error",
      code: "unknown",
      category: "unknown",
      retryable: false,
      message: "odd",
    });
    expect(fromWireError(structuredClone(toWireError("text"))).message).toBe("text");
  });
});

describe("an error that comes back as Lambda reports it", () => {
  it.each(samples)("means what it meant: %s", async (name, error) => {
    const { thrown } = await taskFailing(fromWireError(toWireError(error)));
    const { details: _, code, ...whole } = toErrorInfo(error);
    const hasOneCode = meaningOf(name)!.codes.length === 1;
    expect(errorInfoFromLambda(thrown.error, thrown.cause)).toEqual({ ...whole, code: hasOneCode ? code : "unknown" });
  });

  it("has no other fields than Lambda's", async () => {
    const error = ERROR_SAMPLES[0]!;
    const { thrown } = await taskFailing(error);
    expect(JSON.parse(thrown.cause)).toEqual({
      errorType: error.name,
      errorMessage: error.message,
      trace: error.stack?.split("\n"),
    });
  });

  it.each([
    ["Lambda.TooManyRequestsException", "lambda_throttled", "resource", true],
    ["Lambda.Unknown", "lambda_unknown", "unknown", false],
    ["States.Timeout", "task_timeout", "resource", false],
    ["SomebodysOwnError", "unknown", "unknown", false],
  ])("is known by its name, whoever gave it: %s", (name, code, category, retryable) => {
    const message = "as it came";
    expect(errorInfoFromLambda(name, message)).toEqual({ name, code, category, retryable, message });
  });
});

describe("the process", () => {
  it.each(samples)("stops for what its row says, and for nothing else: %s", async (name, error) => {
    const arrived = fromWireError(toWireError(error));
    const { stop } = await taskFailing(arrived);
    expect(stop).toEqual(meaningOf(name)!.effect === "stops" ? [arrived] : []);
  });

  it("stops for a disk that is full or not to be written, and for a build that is not the locked one", () => {
    const stopping = errorMeanings().filter(({ effect }) => effect === "stops");
    expect(stopping.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["NoSpaceError", "AccessDeniedError", "LayoutError", "ChainMismatch"]),
    );
  });
});
