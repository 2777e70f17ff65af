import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileJsonata, QuerySyntaxError } from "../../../shared/asl/query/index.ts";
import { compileWithLibrary, expressionText, isExpression } from "../../../shared/asl/query/jsonata/parse.ts";
import { evaluateJsonata } from "./evaluate.ts";
import { scopeOf, thrownBy } from "./scopes.ts";

const scope = scopeOf(
  { id: 7, tags: ["a", "b"], orders: [{ sku: "x", price: 2 }] },
  { context: { Execution: { Id: "e-1" } }, variables: { rate: 1.5, order: { lines: [1, 2] } } },
);

function failure(cause: string): unknown {
  return expect.objectContaining({ error: "States.QueryEvaluationError", cause });
}

describe("a string of a JSONata state", () => {
  it.each([
    ["{% 1 %}", true],
    ["{%%}", true],
    ["{%}", false],
    [" {% 1 %}", false],
    ["{% 1 %} ", false],
    ["{% 1 }", false],
    [5, false],
    [null, false],
  ])("%j is an expression: %j", (value, expected) => {
    expect(isExpression(value)).toBe(expected);
  });

  it("shows its expression without delimiters and blanks", () => {
    expect(expressionText("{%  $states.input \n%}")).toBe("$states.input");
  });
});

describe("a JSONata template", () => {
  it("evaluates the expressions at any depth, and nothing else", () => {
    const template = {
      id: "{% $states.input.id %}",
      static: { list: [1, "two", null] },
      list: ["{% $states.context.Execution.Id %}", { rate: "{% $rate %}" }, "$rate"],
      path: "$.id",
      "key.$": "$.id",
    };
    expect(evaluateJsonata(template, scope, "Output")).toEqual({
      id: 7,
      static: { list: [1, "two", null] },
      list: ["e-1", { rate: 1.5 }, "$rate"],
      path: "$.id",
      "key.$": "$.id",
    });
  });

  it("shares what holds no expression", () => {
    const template = { fixed: { list: [1] }, id: "{% $states.input.id %}" };
    const query = compileJsonata(template, "Output");
    expect((query(scope) as typeof template).fixed).toBe(template.fixed);
  });

  it("without expressions is its own value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (template) => {
        fc.pre(!JSON.stringify(template).includes("{%"));
        expect(evaluateJsonata(template, scope, "Output")).toBe(template);
      }),
    );
  });

  it("shares what an expression picks from the input", () => {
    const picked = evaluateJsonata("{% $states.input.orders %}", scope, "Output");
    expect(picked).toBe((scope.input as { orders: unknown }).orders);
  });

  it("keeps a key named __proto__ a plain key", () => {
    const template = JSON.parse('{"__proto__": "{% 1 %}"}');
    expect(JSON.stringify(evaluateJsonata(template, scope, "Output"))).toBe('{"__proto__":1}');
  });
});

describe("$states", () => {
  it("has the input and the context, and no more outside a result or a failure", () => {
    expect(evaluateJsonata("{% $states %}", scope, "Output")).toEqual({ input: scope.input, context: scope.context });
  });

  it.each([
    ["result", { result: { ok: true } }],
    ["errorOutput", { errorOutput: { Error: "E", Cause: "C" } }],
  ])("has %s where the scope has it", (name, more) => {
    const expression = `{% $states.${name} %}`;
    expect(evaluateJsonata(expression, { ...scope, ...more }, "Output")).toEqual(Object.values(more)[0]);
    expect(() => evaluateJsonata(expression, scope, "Output")).toThrow("returned nothing (undefined)");
  });

  it("is not replaced by a variable of that name", () => {
    const named = { ...scope, variables: { states: "mine" } };
    expect(evaluateJsonata("{% $states.input.id %}", named, "Output")).toBe(7);
    expect(evaluateJsonata("{% $string($states.input.id) %}", named, "Output")).toBe("7");
  });

  it.each(["{% id %}", "{% $.id %}", "{% $$.id %}"])("is the only way to the input: %s gives nothing", (expression) => {
    expect(() => evaluateJsonata(expression, scope, "Output")).toThrow("returned nothing (undefined)");
  });
});

describe("a failing expression", () => {
  it.each([
    ["Output", "{% $nope %}", "$nope", "Output"],
    ["Output", { a: { b: ["{% $nope %}"] } }, "$nope", "Output/a/b[0]"],
    ["Assign", { total: "{% $states.input.absent %}" }, "$states.input.absent", "Assign/total"],
    ["Choices[1]/Condition", "{%$x.y%}", "$x.y", "Choices[1]/Condition"],
    ["Output", { "it's": "{% $nope %}" }, "$nope", "Output/it's"],
  ])("in %s is named in the cause, and the error knows where it stands: %j", (field, template, text, place) => {
    const cause = `The JSONata expression '${text}' specified for the field '${place}' returned nothing (undefined).`;
    expect(() => evaluateJsonata(template, scope, field)).toThrow(failure(cause) as Error);
    expect(thrownBy(() => evaluateJsonata(template, scope, field))).toMatchObject({ location: place });
  });

  it.each([
    ["threw", "{% 1 + 'a' %}"],
    ["gave another type than the field takes", "{% 'five' %}"],
  ])("that %s knows where it stands, too", (_, expression) => {
    expect(thrownBy(() => evaluateJsonata(expression, scope, "Seconds"))).toMatchObject({ location: "Seconds" });
  });

  it.each([
    ["1 + 'a'", '. T2002: The right side of the "+" operator must evaluate to a number'],
    ["'a' + 1", '. T2001: The left side of the "+" operator must evaluate to a number'],
    ["1 < 'a'", '. T2009: The values 1 and "a" either side of operator "<" must be of the same data type'],
    ["-'a'", '. D1002: Cannot negate a non-numeric value: "a"'],
    ["$abs('x')", '. T0410: Argument 1 of function "abs" does not match function signature'],
    ["$sum([1,'a'])", '. T0412: Argument 1 of function "sum" must be an array of "numbers"'],
    ["$nope()", ". T1006: Attempted to invoke a non-function"],
    ["$error('boom')", ". D3137: boom"],
    ["$number('x')", '. D3030: Unable to cast value to a number: "x"'],
  ])("%s keeps the library's code and message", (text, ending) => {
    const cause = `The JSONata expression '${text}' specified for the field 'Output' threw an error during evaluation${ending}`;
    expect(() => evaluateJsonata(`{% ${text} %}`, scope, "Output")).toThrow(failure(cause) as Error);
  });

  it.each([
    ["Condition", "5", "boolean", "number", "5"],
    ["Choices[0]/Condition", '"yes"', "boolean", "string", '"yes"'],
    ["Items", "{'a': 1}", "array", "object", '{"a":1}'],
    ["TimeoutSeconds", '"5"', "number", "string", '"5"'],
    ["HeartbeatSeconds", "true", "number", "boolean", "true"],
    ["Seconds", "[1]", "number", "array", "[1]"],
    ["Timestamp", "0", "string", "number", "0"],
    ["MaxConcurrency", "null", "number", "null", "null"],
    ["Error", "1", "string", "number", "1"],
    ["Cause", "{}", "string", "object", "{}"],
  ])("in %s may not give %s", (field, text, expected, found, shown) => {
    const cause =
      `The JSONata expression '${text}' specified for the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${found}' for value: ${shown}`;
    expect(() => evaluateJsonata(`{% ${text} %}`, scope, field)).toThrow(failure(cause) as Error);
  });

  it("takes any type in a field that takes any JSON", () => {
    for (const field of ["Output", "Arguments", "Assign"]) {
      expect(evaluateJsonata("{% null %}", scope, field)).toBeNull();
      expect(evaluateJsonata({ Items: "{% 5 %}" }, scope, `${field}/x`)).toEqual({ Items: 5 });
    }
  });
});

describe("reading an expression", () => {
  it.each([
    ["1 +", "Unexpected end of expression", 2],
    ["[1,2)", 'Expected "]", got ")"', 4],
    ['"open', "String literal must be terminated by a matching quote", 4],
    ['{"a":}', 'The symbol "}" cannot be used as a unary operator', 5],
    ["$a ?: 1", 'The symbol ":" cannot be used as a unary operator', 4],
    ["$a ?? 1", 'The symbol "?" cannot be used as a unary operator', 4],
    ["a.%.b ?: 1", 'The symbol ":" cannot be used as a unary operator', 7],
    ["$f(($a ?: 1))", 'The symbol ":" cannot be used as a unary operator', 8],
  ])("%s fails where it goes wrong", (text, message, position) => {
    const error = thrownBy(() => compileWithLibrary(text));
    expect(error).toBeInstanceOf(QuerySyntaxError);
    expect(error).toMatchObject({ text, position });
    expect(String(error)).toContain(message);
    expect(() => compileJsonata(`{% ${text} %}`, "Output")).toThrow(QuerySyntaxError);
  });

  it.each(["$a ? $a : 1", "$exists($a) ? $a : 1"])("%s is not taken for a later operator", (text) => {
    expect(compileWithLibrary(text).ast()).toMatchObject({ type: "condition" });
  });
});
