import { describe, expect, it } from "vitest";
import * as kernel from "../../shared/kernel/errors.ts";
import * as io from "../../shared/kernel/io/errors.ts";
import type { PlanProblem } from "../../shared/kernel/plan/errors.ts";
import { InvalidPlan } from "../../shared/kernel/plan/errors.ts";
import * as secrets from "../../shared/kernel/secrets/errors.ts";

const cause = new Error("errno");
const details = { service: "https://a.example", status: 503 };
const away = kernel.toErrorInfo(new kernel.TransientIo("away"));

describe("an error of the kernel", () => {
  it.each<[kernel.KernelError, object | undefined, RegExp]>([
    [new kernel.ContractInputMissing("m: expected x", { details, cause }), details, /^m: expected x$/],
    [new kernel.HardGateFailed("validation", "no", { details, cause }), details, /^no$/],
    [new kernel.ValidationFailed("no", { details, cause }), details, /^no$/],
    [new kernel.TransientIo("away", { details, cause }), details, /^away$/],
    [new kernel.IllegalTransition("no", { details, cause }), details, /^no$/],
    [
      new kernel.FlowChanged("r", "flow 1", "flow 2"),
      { begun: "flow 1", found: "flow 2" },
      /^run r: expected flow 1, .* found flow 2; .* --new$/,
    ],
    [
      new kernel.IdempotencyKeyChanged("a.b", "one", "two"),
      { state_id: "a.b", before: "one", now: "two" },
      /^a\.b: expected the idempotency key one, .* found two; .* --new$/,
    ],
    [
      new kernel.RetryBudgetExhausted("a.b", 6, away, { cause }),
      { state_id: "a.b", attempts: 6, error: "TransientIo" },
      /^a\.b: gave up after 6 attempts; the last failed with TransientIo: away$/,
    ],
    [new kernel.GateRefusal("no such gate", { cause }), undefined, /^no such gate$/],
    [
      new kernel.GateRejected("publish", "alice", "not yet"),
      { gate: "publish", by: "alice", reason: "not yet" },
      /^gate publish was rejected by alice: not yet$/,
    ],
    [new kernel.AttemptTimedOut("a.b"), undefined, /^a\.b: ran out of time; give/],
    [new kernel.AttemptAborted("nobody waits"), undefined, /^nobody waits$/],
    [
      new kernel.RunCancelled({ by: "alice", reason: "not needed" } as never),
      { by: "alice" },
      /^cancelled by alice: not needed$/,
    ],
    [
      new kernel.ChainMismatch(1, "trace", "log"),
      { place: 1, expected: "trace", found: "log" },
      /^capabilities\.lock\.json, place 1: expected trace, found log; .*`npm run lock-capabilities`$/,
    ],
    [new secrets.SecretRefused("no", { what: "m.json" }), { what: "m.json" }, /^no$/],
    [new secrets.DeclaredSecretUnusable("short"), undefined, /^short$/],
    [new secrets.SecretKeyUnusable("short", cause), undefined, /^short$/],
    [new secrets.SealedSecretBroken("open", cause), undefined, /^open$/],
    [new io.RecordedError({ ...away, details }, { cause }), details, /^away$/],
    [new io.MissingFact("k", "none", { cause }), { key: "k" }, /^fact k: none\. A replay makes no calls of its own/],
    [new io.MissingFactRetryable("k", "none", { cause }), { key: "k" }, /^fact k: none\. A replay/],
    [new io.MissingFactKey("no name"), undefined, /^no name$/],
    [
      new io.FactMismatch("k", 2, { pointer: "/a", recorded: "1", asked: "3" }),
      { key: "k", pointer: "/a", attempt: 2 },
      /^fact k: request \/a: expected 1 \(recorded in attempt 2\), found 3; /,
    ],
    [
      new io.FactMismatch("k", 0, { pointer: "", recorded: "1", asked: "3" }),
      { key: "k", pointer: "", attempt: 0 },
      /^fact k: the whole request: expected 1/,
    ],
    [
      new io.FactKeyReused("k", "/a"),
      { key: "k", pointer: "/a" },
      /^fact k: asked again .* \(first difference at "\/a"\); give/,
    ],
    [new io.NamespaceUnknown("moon", []), { namespace: "moon" }, /^namespace moon: .*; there are none$/],
    [new io.NamespaceUnknown("moon", ["exec", "http"]), { namespace: "moon" }, /; there are exec, http$/],
    [new io.TransportFailed("503", { details, cause }), details, /^503$/],
    [new io.TransportRefused("tls", { details, cause }), details, /^tls$/],
    [new io.RateLimited("429", { details, cause }), details, /^429$/],
    [
      new io.CircuitOpen("https://a.example", 50),
      { service: "https://a.example", retry_after_ms: 50 },
      /^service https:\/\/a\.example: left alone .* in 50 ms$/,
    ],
    [new io.ProgramNotAllowed("cc", []), { program: "cc" }, /^program cc: .* run\.exec\.allow .*; it allows none$/],
    [new io.ProgramNotAllowed("cc", ["as", "ld"]), { program: "cc" }, /; it allows as, ld$/],
    [new io.ProgramUnusable("gone", { details, cause }), details, /^gone$/],
    [
      new io.ExecTimedOut("cc", 50),
      { program: "cc", timeout_ms: 50 },
      /^program cc: killed after 50 ms; raise run\.exec\.timeout_ms/,
    ],
    [
      new io.ExecOutputTooLarge("cc", 9),
      { program: "cc", max_output_bytes: 9 },
      /^program cc: .* more than 9 bytes of output; raise run\.exec\.max_output_bytes$/,
    ],
    [
      new io.HostNotAllowed("GET", "https://a.example", []),
      { method: "GET", origin: "https://a.example" },
      /^GET https:\/\/a\.example: .* run\.http\.allow .*; it allows none$/,
    ],
    [
      new io.HostNotAllowed("GET", "https://a.example", ["b", "c"]),
      { method: "GET", origin: "https://a.example" },
      /; it allows b, c$/,
    ],
    [
      new io.ResponseTooLarge("https://a.example", 9),
      { service: "https://a.example", max_response_bytes: 9 },
      /: expected at most 9 bytes; raise run\.http\.max_response_bytes$/,
    ],
    [
      new io.SecretEchoed("https://a.example", "TOKEN"),
      { service: "https://a.example", variable: "TOKEN" },
      / environment variable TOKEN; it was not recorded$/,
    ],
  ])("says in words and in fields what was wrong: %s", (error, expected, message) => {
    expect(error.details).toEqual(expected);
    expect(error.message).toMatch(message);
    // What was recorded bears the name that it had.
    expect(error.name).toBe(error instanceof io.RecordedError ? "TransientIo" : error.constructor.name);
    const { name, code, category, retryable } = error;
    expect(kernel.toErrorInfo(error)).toEqual({
      name,
      code,
      category,
      retryable,
      message: error.message,
      ...(expected === undefined ? {} : { details: expected }),
    });
  });

  it("keeps why, where that is known, and is its own where it is not", () => {
    const because = (error: Error) => Object.hasOwn(error, "cause") && error.cause === cause;
    expect(because(new kernel.TransientIo("away", { cause }))).toBe(true);
    expect(because(new secrets.SecretKeyUnusable("short", cause))).toBe(true);
    expect(because(new kernel.RetryBudgetExhausted("a.b", 6, away, { cause }))).toBe(true);
    expect(because(new io.MissingFactRetryable("k", "none", { cause }))).toBe(true);
    expect(Object.hasOwn(new kernel.TransientIo("away"), "cause")).toBe(false);
  });

  it.each<[PlanProblem, RegExp]>([
    [{ kind: "empty_plan" }, /at least one state, found none$/],
    [{ kind: "duplicate_state_id", state_id: "a" as never }, /found a twice$/],
    [
      { kind: "missing_state_for_edge", missing: "b" as never, from: "a" as never, to: "b" as never },
      /edge a -> b: .*, b is not$/,
    ],
    [{ kind: "circular_dependency", cycle: ["a", "b"] as never }, /cycle a -> b -> a$/],
    [
      { kind: "dangling_dependency_tag", state_id: "a" as never, missing_tag: "t" },
      /^invalid plan: a depends on tag t,/,
    ],
    [
      { kind: "skipped_dependency", state_id: "a" as never, skipped: "b" as never, skip_tag: "t" },
      /skip tag t takes out b, but a needs it/,
    ],
    [{ kind: "unskippable_state", state_id: "a" as never, skip_tag: "t" }, /skip tag t takes out a, which every run/],
    [{ kind: "unknown_skip_tag", skip_tag: "t", known: ["x", "y"] }, /carries \(x, y\), found t$/],
    [
      { kind: "unknown_retry", field: "max_attempts", expected: "6", found: "7" },
      /field run\.retry_policy\.max_attempts: expected 6, .* found 7; write/,
    ],
  ])("says what is wrong with a plan, with a code of its own: $kind", (problem, message) => {
    const error = new InvalidPlan(problem);
    expect(error).toMatchObject({ name: "InvalidPlan", code: `plan_${problem.kind}`, problem, details: problem });
    expect(error.message).toMatch(message);
  });
});

describe("the record of what was thrown", () => {
  it("is of a stranger what its name is known for", () => {
    const known = Object.assign(new Error("no"), { name: "ValidationFailed" });
    expect(kernel.toErrorInfo(known)).toEqual({
      name: "ValidationFailed",
      code: "validation_failed",
      category: new kernel.ValidationFailed("").category,
      retryable: false,
      message: "no",
    });
    expect(kernel.toErrorInfo("words")).toMatchObject({ name: "Error", message: "words" });
    expect(kernel.toErrorInfo(undefined)).toMatchObject({ name: "Error", message: "undefined" });
  });

  it("has what the error says of itself before what its name is known for", () => {
    const own = Object.assign(new Error("no"), {
      name: "TransientIo",
      retryable: false,
      category: "user",
      code: "mine",
    });
    expect(kernel.toErrorInfo(own)).toMatchObject({ retryable: false, category: "user", code: "mine" });
    expect(kernel.toErrorInfo(Object.assign(own, { code: "No Code!" })).code).toBe("transient_io");
  });
});
