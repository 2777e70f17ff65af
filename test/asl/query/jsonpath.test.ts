import { describe, expect, it } from "vitest";
import { compilePath } from "../../../shared/asl/query/index.ts";
import { parsePath } from "../../../shared/asl/query/jsonpath/parse.ts";
import { agrees, ownAnswer } from "../../lab/jsonpath/compare.ts";
import type { Answer } from "../../lab/jsonpath/peer.ts";
import recorded from "./jsonpath-recorded.json" with { type: "json" };
import { scopeOf } from "./scopes.ts";

const store = {
  book: [
    { title: "A", price: 8, tags: ["x", "y"], isbn: "1" },
    { title: "B", price: 12, tags: ["y"] },
    { title: "C", price: 9, tags: [], isbn: "3" },
  ],
  bicycle: { color: "red", price: 20 },
  "delivery-partner": "dhl",
  "it's": 1,
  empty: [],
  nothing: null,
  numbers: [3, 1, 2],
  limit: 10,
};

const read = (path: string): unknown => compilePath(path, "InputPath")(scopeOf(store));

describe("a path", () => {
  it.each([
    ["$", store],
    ["$.limit", 10],
    ["$.nothing", null],
    ["$.delivery-partner", "dhl"],
    ["$['delivery-partner']", "dhl"],
    ["$.bicycle['color']", "red"],
    ["$.book[0].title", "A"],
    ["$.book[(@.length-1)].title", "C"],
    ["$.limit ", 10],
    ["$.[ 'limit' ]", 10],
    ["$['limit','nothing','absent']", { limit: 10, nothing: null }],
  ])("%s selects one value", (path, expected) => {
    expect(parsePath(path).isDefinite).toBe(true);
    expect(read(path)).toEqual(expected);
  });

  it.each([
    ["$.book[*].title", ["A", "B", "C"]],
    ["$.book.*.title", ["A", "B", "C"]],
    ["$.bicycle.*", ["red", 20]],
    ["$..price", [8, 12, 9, 20]],
    ["$.book..price", [8, 12, 9]],
    ["$..tags[0]", ["x", "y", null]],
    ["$.book[0,2].title", ["A", "C"]],
    ["$.book[1:].title", ["B", "C"]],
    ["$.book[:2].title", ["A", "B"]],
    ["$.book[-2:].title", ["B", "C"]],
    ["$.book[0:3:2].title", ["A", "B", "C"]],
    ["$.empty[*]", []],
    ["$.absent[*]", []],
    ["$.absent[1:]", []],
    ["$.absent.deeper[1:5].value", []],
    ["$.limit[*]", []],
    ["$..absent", []],
  ])("%s selects a list", (path, expected) => {
    expect(parsePath(path).isDefinite).toBe(false);
    expect(read(path)).toEqual(expected);
  });

  it.each([
    ["?(@.price < 10)", ["A", "C"]],
    ["?(@.price>=9&&@.price<=12)", ["B", "C"]],
    ["?(@.price == 8 || @.title == 'C')", ["A", "C"]],
    ["?(@.isbn)", ["A", "C"]],
    ["?(!@.isbn)", ["B"]],
    ["?(@.isbn == 1)", ["A"]],
    ["?(@.isbn != '1')", ["C"]],
    ["?(@.title == C)", ["C"]],
    ["?(@.title =~ /[ab]/i)", ["A", "B"]],
    ["?(@.price < $.limit)", ["A", "C"]],
    ["?(@.tags[0] == 'y')", ["B"]],
    ["?(@.absent == null)", []],
  ])("filters with [%s]", (filter, expected) => {
    expect(read(`$.book[${filter}].title`)).toEqual(expected);
  });

  it("takes a function for a name, which the library that AWS runs on did not know yet", () => {
    expect(() => read("$.numbers.length()")).toThrow("Property ['length()'] not found in path $['numbers']");
  });

  it("starts in the context object at $$ and in a variable at $name", () => {
    const scope = scopeOf({}, { context: { State: { Name: "S" } }, variables: { order: { id: 7 } } });
    expect(compilePath("$$.State.Name", "InputPath")(scope)).toBe("S");
    expect(compilePath("$order.id", "InputPath")(scope)).toBe(7);
    expect(compilePath("$order", "OutputPath")(scope)).toBe(scope.variables.order);
  });

  it("reads own fields only, even those that every object inherits", () => {
    const input = JSON.parse('{"constructor": 1, "__proto__": {"hidden": 2}}');
    expect(compilePath("$.constructor", "InputPath")(scopeOf(input))).toBe(1);
    expect(compilePath("$['__proto__'].hidden", "InputPath")(scopeOf(input))).toBe(2);
    expect(() => compilePath("$.toString", "InputPath")(scopeOf({}))).toThrow("No results for path: $['toString']");
  });
});

describe("a path that cannot be read", () => {
  it.each([
    ["", 0, "Expected '$'"],
    ["a.b", 0, "Expected '$'"],
    ["$.", 2, "a field name"],
    ["$..", 3, "a field name"],
    ["$.a[", 4, "a closing ']'"],
    ["$.a[x]", 4, "a name in single quotes"],
    ['$["a"]', 2, "a name in single quotes"],
    ["$.a['b]", 6, "a closing '"],
    ["$.a[1-2]", 4, "an index"],
    ["$.a b", 3, "a field name"],
    ["$.a[?(@.x ~ 1)]", 9, "a field name"],
    ["$.a[?(@.x in ['y'])]", 9, "a field name"],
    ["$.a[?('x')]", 6, "a path such as @.field"],
    ["$.a[?(@.x[*] == 1)]", 6, "a path that selects one value"],
    ["$.a[?(@.x == 1 &&)]", 17, "a path such as @.field"],
    ["$.a[?((@.x == 1)]", 15, "as many closing parentheses"],
    ["$.a[?(@.x == !@.y)]", 13, "'!' before a path alone"],
    ["$.a[?(@.x =~ /*/)]", 13, "Not a regular expression"],
    ["$.a[?]", 4, "?( and a closing )"],
  ])("%j is refused at position %i", (path, position, message) => {
    expect(() => parsePath(path)).toThrow(expect.objectContaining({ name: "QuerySyntaxError", position }));
    expect(() => parsePath(path)).toThrow(message);
  });
});

describe(`${recorded.library}, whose dialect AWS shows,`, () => {
  const documents: Readonly<Record<string, unknown>> = recorded.documents;
  it.each(recorded.cases as unknown as [string, string, Answer][])("answered %s in %s so", (path, name, theirs) => {
    const ours = ownAnswer({ path, document: documents[name] });
    expect(agrees(theirs, ours), JSON.stringify({ theirs, ours }, null, 1)).toBe(true);
  });
});

describe("a path that selects nothing", () => {
  it.each([
    ["InputPath", "$.a", "Invalid path '$.a' : No results for path: $['a']"],
    ["OutputPath", "$.a.b", "Invalid path '$.a.b' : Missing property in path $['a']"],
    ["TimeoutSecondsPath", "$.list[5]", "Invalid path '$.list[5]' : No results for path: $['list'][5]"],
    [
      "InputPath",
      "$.text[0]",
      "Invalid path '$.text[0]' : Filter: [0] can only be applied to arrays. Current context is: x",
    ],
    ["InputPath", "$.text.b", "Invalid path '$.text.b' : Property ['b'] not found in path $['text']"],
    ["SecondsPath", "$.a", "The SecondsPath parameter does not reference an input value: $.a"],
    ["TimestampPath", "$.a", "The TimestampPath parameter does not reference an input value: $.a"],
    [
      "ErrorPath",
      "$.a",
      `The JSONPath '$.a' specified for the field 'ErrorPath' could not be found in the input '{"list":[1],"text":"x"}'`,
    ],
  ])("in %s, %s fails with States.Runtime", (field, path, cause) => {
    const query = compilePath(path, field);
    expect(() => query(scopeOf({ list: [1], text: "x" }))).toThrow(
      expect.objectContaining({ error: "States.Runtime", cause }),
    );
  });

  it("in ItemsPath is a conflict that names the last step and the whole input", () => {
    const cause = 'Unable to apply step "items" to input {"order":{}}';
    expect(() => compilePath("$.order.items", "ItemsPath")(scopeOf({ order: {} }))).toThrow(
      expect.objectContaining({ error: "States.ReferencePathConflict", cause }),
    );
  });

  it("may be an intrinsic call in ErrorPath and CausePath", () => {
    const query = compilePath("States.Format('{} failed', $.name)", "CausePath");
    expect(query(scopeOf({ name: "build" }))).toBe("build failed");
  });
});
