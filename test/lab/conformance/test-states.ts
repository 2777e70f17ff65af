import { readRequest, testState } from "../../../shared/sfn/index.ts";
import type { RecordedCase } from "./case.ts";
import { matches } from "./matches.ts";
import type { Verdict } from "./verdict.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Fields of the request that the API takes as JSON text and the recording has parsed. */
const TEXT_FIELDS = ["input", "context", "variables"];

const room = (result: unknown) => ({
  place: { region: "us-east-1", account: "111111111111" },
  now: () => 0,
  resolver: { run: () => result },
});

/** Tests a state as TestState does and compares the response, or the error. */
export async function checkTestState(recorded: RecordedCase): Promise<Verdict> {
  const { response = {}, responseWildcards = [] } = recorded.expected;
  const refusal = response.message ?? response.exception_value;
  try {
    const actual = await testState(room(resultOf(response)), readRequest("TestState", requestOf(recorded)));
    const readable = parseLike(response, actual as Fields);
    const isSame = refusal === undefined && matches(response, readable, { wildcards: new Set(responseWildcards) });
    return verdict(response, readable, isSame);
  } catch (thrown) {
    const { message, code } = thrown as { message: string; code?: string };
    if (refusal === undefined || code === undefined) throw thrown;
    const wanted = (response.Error as { Code?: string } | undefined)?.Code ?? recorded.expected.error;
    const isSame = code === wanted && String(refusal).endsWith(message);
    return verdict({ code: wanted, refusal }, { code, message }, isSame);
  }
}

/** What a task without a mock answered: the recording shows it among the data it inspected. */
function resultOf({ inspectionData }: Fields): unknown {
  const { result } = (inspectionData ?? {}) as Fields;
  return typeof result === "string" ? JSON.parse(result) : result;
}

function requestOf({ definition, definitionText, args = {} }: RecordedCase): Fields {
  const request: Record<string, unknown> = { ...args, definition: definitionText ?? JSON.stringify(definition) };
  for (const field of TEXT_FIELDS) {
    if (request[field] !== undefined && typeof request[field] !== "string")
      request[field] = JSON.stringify(request[field]);
  }
  return request;
}

/** A response with the JSON text parsed that the recording has parsed. */
function parseLike(expected: Fields, actual: Fields): Fields {
  return Object.fromEntries(
    Object.entries(actual).map(([field, value]) => {
      const wanted = expected[field];
      if (typeof value === "string" && wanted !== undefined && typeof wanted !== "string")
        return [field, JSON.parse(value)];
      if (field === "inspectionData") return [field, parseLike((wanted ?? {}) as Fields, value as Fields)];
      return [field, value];
    }),
  );
}

function verdict(expected: unknown, actual: unknown, result: boolean): Verdict {
  const difference = result ? undefined : `expected ${JSON.stringify(expected)}\n    found ${JSON.stringify(actual)}`;
  return { result, cause: undefined, types: undefined, details: undefined, difference };
}
