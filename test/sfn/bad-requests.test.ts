import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requests } from "../../shared/sfn/api/requests.ts";
import { type SfnServer, startSfnServer } from "../../shared/sfn/index.ts";
import { oneIn } from "../support/scale.ts";
import { manualClock } from "./manual-clock.ts";

let server: SfnServer;
beforeAll(async () => {
  server = await startSfnServer({ clock: manualClock(), wallClock: manualClock() });
  await call("CreateStateMachine", { name: "m", definition: pass, roleArn: "arn:aws:iam::000000000000:role/r" });
});
afterAll(() => server.close());

const pass = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });

async function call(operation: string, body: unknown) {
  const headers = { "x-amz-target": `AWSStepFunctions.${operation}`, "content-type": "application/x-amz-json-1.0" };
  const response = await fetch(server.url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
}

/** Bodies that hold something, likely or not, under the names an operation knows. */
function bodies(operation: keyof typeof requests) {
  const likely = fc.constantFrom<unknown>(
    "",
    "m",
    pass,
    "{}",
    "arn:aws:states:us-east-1:000000000000:stateMachine:m",
    "arn:aws:states:us-east-1:000000000000:stateMachine:m:1",
    "arn:aws:states:us-east-1:000000000000:execution:m:x",
    "arn:aws:states:us-east-1:000000000000:activity:none",
    0,
    true,
    [],
  );
  const fields = Object.keys(requests[operation].shape).map(
    (name) => [name, fc.oneof(likely, fc.jsonValue())] as const,
  );
  return fc.oneof(fc.record(Object.fromEntries(fields), { requiredKeys: [] }), fc.jsonValue());
}

describe("whatever the request", () => {
  it.each(Object.keys(requests) as (keyof typeof requests)[])(
    "%s answers with a result or a named refusal",
    async (operation) => {
      await fc.assert(
        fc.asyncProperty(bodies(operation), async (body) => {
          const answer = await call(operation, body);
          if (answer.status === 200) return;
          expect(answer).toMatchObject({
            status: 400,
            body: { __type: expect.any(String), message: expect.any(String) },
          });
        }),
        { numRuns: 60 / oneIn(5) },
      );
    },
  );

  it("names what is wrong with it", async () => {
    const { body } = await call("CreateStateMachine", { name: "", definition: 1, type: "FAST" });
    expect(body).toMatchObject({ __type: "ValidationException" });
    expect(body.message).toBe(
      "4 validation errors detected: " +
        "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value '1' at 'definition' failed to satisfy constraint: Member must be of type string; " +
        "Value at 'roleArn' failed to satisfy constraint: Member must not be null; " +
        "Value 'FAST' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]",
    );
  });

  it("refuses operations it does not know", async () => {
    expect(await call("MakeCoffee", {})).toMatchObject({ status: 400, body: { __type: "UnknownOperationException" } });
  });
});
