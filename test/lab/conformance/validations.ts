import { invalidDefinitionMessage, isAcceptable, validateDefinition } from "../../../shared/asl/index.ts";
import type { RecordedCase } from "./case.ts";
import { matches } from "./matches.ts";
import type { Verdict } from "./verdict.ts";

/** Validates a definition as ValidateStateMachineDefinition or CreateStateMachine would, and compares the answer. */
export function checkValidation(recorded: RecordedCase): Verdict {
  const type = (recorded.args?.type ?? "STANDARD") as "STANDARD" | "EXPRESS";
  const diagnostics = validateDefinition(recorded.definitionText ?? recorded.definition, { type });
  const response = recorded.expected.response ?? {};
  if (recorded.kind === "validate") {
    const actual = { result: isAcceptable(diagnostics) ? "OK" : "FAIL", diagnostics, truncated: false };
    return verdict(response, actual, matches(response, actual));
  }
  // A refusal was recorded as the error's text or as the whole exception; both end with the message.
  const message = invalidDefinitionMessage(diagnostics);
  const texts = [response.message, response.exception_value].filter((text) => typeof text === "string");
  return verdict(response, message, !isAcceptable(diagnostics) && texts.every((text) => text.endsWith(message)));
}

function verdict(expected: unknown, actual: unknown, result: boolean): Verdict {
  const difference = result ? undefined : `expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`;
  return { result, cause: undefined, types: undefined, details: undefined, difference };
}
