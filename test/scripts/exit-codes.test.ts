import { describe, expect, it } from "vitest";
import { describeError, ExitCode, exitCodeOf, exitCodeOfName } from "../../scripts/cli/exit-codes.ts";
import { errorMeanings } from "../../shared/contracts/error-registry.ts";
import { GateRejected } from "../../shared/kernel/errors.ts";
import { fromWireError, toWireError } from "../../shared/local/worker-protocol.ts";
import { ERROR_SAMPLES } from "../error-samples.ts";

describe("what a process exits with", () => {
  it("is 2 for what was handed in wrong, and for nothing else", () => {
    const bad = errorMeanings().flatMap(({ name }) => (exitCodeOfName(name) === ExitCode.badInput ? [name] : []));
    expect(bad.sort()).toEqual([
      "ConflictError",
      "ContractInputMissing",
      "DeclaredSecretUnusable",
      "DefinitionError",
      "ElfError",
      "ExecutionInputError",
      "FlowChanged",
      "GateRefusal",
      "InvalidInputError",
      "InvalidPlan",
      "LayoutError",
      "NotFoundError",
      "SecretKeyUnusable",
      "SecretRefused",
      "SymbolFileError",
      "UnsupportedFormatError",
      "UsageError",
      "ValidationFailed",
    ]);
  });

  it.each(ERROR_SAMPLES.map((error) => [error.name, error] as const))(
    "is the same for an error thrown here, in a worker, or in a run: %s",
    (name, error) => {
      const code = exitCodeOf(error);
      expect(exitCodeOf(fromWireError(toWireError(error)))).toBe(code);
      expect(exitCodeOfName(name)).toBe(code);
    },
  );

  it("is 1 for what nobody knows", () => {
    expect(exitCodeOf(new RangeError("odd"))).toBe(ExitCode.failed);
    expect(exitCodeOf("text")).toBe(ExitCode.failed);
  });
});

describe("an error on standard error", () => {
  it("with --json is whole but for the details that may come from outside", () => {
    const { error } = JSON.parse(describeError(new GateRejected("publish", "alice", "not yet"), true));
    expect(error).toEqual({
      name: "GateRejected",
      code: "gate_rejected",
      category: "gate",
      retryable: false,
      message: "gate publish was rejected by alice: not yet",
      details: { gate: "publish", by: "alice" },
    });
  });

  it("is its message otherwise", () => {
    expect(describeError(new RangeError("odd"), false)).toBe("restep: odd");
  });
});
