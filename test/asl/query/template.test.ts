import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileTemplate } from "../../../shared/asl/query/index.ts";
import { evaluateTemplate } from "./evaluate.ts";
import { scopeOf } from "./scopes.ts";

const scope = scopeOf(
  { vals: [0, 10, 20, 30], customer: { name: "Ada", id: 7 } },
  { context: { Execution: { Id: "e-1" } }, variables: { rate: 1.5, order: { items: ["x"] } } },
);

describe("a payload template", () => {
  it("evaluates the keys that end in .$ at any depth, and nothing else", () => {
    const template = {
      flagged: true,
      "first.$": "$.vals[0]",
      parts: { "last.$": "$.vals[2:]", literal: "$.vals[0]" },
      list: [{ "name.$": "$.customer.name" }, "$.customer", 1],
      "execution.$": "$$.Execution.Id",
      "rate.$": "$rate",
      "item.$": "$order.items[0]",
      "label.$": "States.Format('{}-{}', $.customer.name, $rate)",
    };
    expect(evaluateTemplate(template, scope)).toEqual({
      flagged: true,
      first: 0,
      parts: { last: [20, 30], literal: "$.vals[0]" },
      list: [{ name: "Ada" }, "$.customer", 1],
      execution: "e-1",
      rate: 1.5,
      item: "x",
      label: "Ada-1.5",
    });
  });

  it("gives null for an index past the end of a list", () => {
    expect(evaluateTemplate({ "x.$": "$.vals[9]" }, scope)).toEqual({ x: null });
  });

  it.each([
    [{ "x.$": "$.absent" }, "$.absent", "x.$", '{"a":1}'],
    [{ deep: [{ "y.$": "$.a.b" }] }, "$.a.b", "y.$", '{"a":1}'],
    [{ "x.$": "$.absent[9]" }, "$.absent[9]", "x.$", '{"a":1}'],
    [{ "x.$": "$$.State.Nope" }, "$$.State.Nope", "x.$", '{"State":{}}'],
  ])("%j fails and names the key", (template, path, key, shown) => {
    const cause = `The JSONPath '${path}' specified for the field '${key}' could not be found in the input '${shown}'`;
    expect(() => evaluateTemplate(template, scopeOf({ a: 1 }, { context: { State: {} } }))).toThrow(
      expect.objectContaining({ error: "States.Runtime", cause }),
    );
  });

  it.each([[{ "x.$": "plain" }], [{ "x.$": 5 }], [{ "x.$": null }], [{ a: [{ "x.$": "{% 1 %}" }] }]])(
    "%j is refused when compiled",
    (template) => {
      expect(() => compileTemplate(template)).toThrow("must be a valid JSONPath or a valid intrinsic function call");
    },
  );

  const plainKey = fc.string().filter((key) => !key.endsWith(".$"));

  it("without dynamic keys is its own value", () => {
    fc.assert(
      fc.property(fc.object({ key: plainKey, withNullPrototype: false }), (template) => {
        expect(evaluateTemplate(template, scope)).toBe(template);
      }),
    );
  });

  it("shares the parts that do not depend on the input", () => {
    const template = { "a.$": "$.vals", fixed: { large: [1, 2, 3] } };
    const value = evaluateTemplate(template, scope) as { a: unknown; fixed: unknown };
    expect(value.fixed).toBe(template.fixed);
    expect(value.a).toBe((scope.input as { vals: unknown }).vals);
  });
});
