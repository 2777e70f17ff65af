import fc from "fast-check";
import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import { QuerySyntaxError } from "../../../shared/asl/query/index.ts";
import { compileExpression } from "../../../shared/asl/query/jsonata/expression.ts";
import { oneIn } from "../../support/scale.ts";
import { scopeOf } from "./scopes.ts";

const scope = scopeOf(
  {
    n: 3,
    zero: 0,
    text: "abc",
    yes: true,
    nil: null,
    empty: [],
    one: [{ v: 9 }],
    list: [3, 1, 2],
    nested: [[1, 2], [3], []],
    rows: [
      { k: "x", v: 1, tags: ["p"] },
      { k: "y", v: 2, tags: ["p", "q"] },
      { k: "x", v: null },
    ],
    deep: { a: { b: [{ c: 1 }, { c: [2, 3] }] } },
  },
  { context: { Execution: { Id: "e-1" } }, variables: { rate: 1.5, order: { lines: [{ q: 2 }, { q: 5 }] } } },
);

interface Outcome {
  readonly value?: unknown;
  readonly code?: string | undefined;
}

/** What the package as published gives. */
async function byThePackage(text: string): Promise<Outcome> {
  const states = { input: scope.input, context: scope.context };
  try {
    const value = await jsonata(text).evaluate(undefined, { ...scope.variables, states });
    return { value: asJson(value) };
  } catch (error) {
    const { code } = error as { code?: string };
    return { code: code?.startsWith("S") ? "syntax" : code };
  }
}

function byTheQuery(text: string): Outcome {
  try {
    return { value: asJson(compileExpression(text)(scope)) };
  } catch (error) {
    if (error instanceof QuerySyntaxError) return { code: "syntax" };
    return { code: /^\. ([A-Z]\d+): /.exec((error as Error).message)?.[1] };
  }
}

/** Of the entries of a constructor that fail, the package reports the one that is shallowest; the query the first. */
function mayRace(text: string): boolean {
  return /[[{].*,/.test(text);
}

function hasFailed(outcome: Outcome): boolean {
  return "code" in outcome;
}

/** The text of a value, in which the order of keys counts and JSON has the numbers that it lacks. */
function asJson(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, part) =>
    typeof part === "number" && !Number.isFinite(part) ? String(part) : (part as unknown),
  );
}

const leaves = [
  ..."0 1 2.5 -1 'a' 'x' '' true false null [] {}".split(" "),
  ..."n zero text yes nil empty one list nested rows deep absent".split(" ").map((name) => `$states.input.${name}`),
  ..."rows.v rows.k rows.tags one.v deep.a.b.c deep.a.b text.absent rows.absent"
    .split(" ")
    .map((path) => `$states.input.${path}`),
  ..."$rate $order.lines.q $order.absent $nope $states.context.Execution.Id $states.result $x".split(" "),
];

const binary = "+ - * / % & = != < <= > >= and or in".split(" ");

const functions1 =
  "sum count max string number boolean not exists keys distinct reverse sort type length uppercase spread merge".split(
    " ",
  );

/** Texts that have `_` where an expression goes. */
const frames = [
  "-(_)",
  "(_)",
  "[_]",
  "[_, _]",
  "[[_], _]",
  "{'a': _, 'b': _}",
  "{'a': {'c': _}, 'b': [_]}",
  "(_ ? _ : _)",
  "(_ ? _)",
  "($x := _; _)",
  "(_)[0]",
  "(_)[-1]",
  "(_)[_]",
  "(_).v",
  "(_).{'k': k, 'w': _}",
  "(_).*",
  "(_).**.c",
  "(_).$string()",
  "(_)[v = _]",
  "(_)[]",
  "(_)^(>v)",
  "(_){k: v}",
  "(_)@$r.($r.k & 'z')",
  "(_)#$i.($i)",
  "[_..3]",
  "$map(_, function($m) { _ })",
  "$filter(_, function($m) { $m = _ })",
  "$reduce(_, function($a, $b) { $a + $b })",
  "$append(_, _)",
  "$lookup(_, 'k')",
  "$each(_, function($v, $k) { $k & _ })",
  "$sift(_, function($v) { $v = _ })",
  "$join(_, '-')",
  "$substring(_, 1)",
  "$contains(_, 'b')",
  "$zip(_, _)",
  "(_ ~> $string)",
  "(_ ~> |$|{'v': _}|)",
  ...functions1.map((name) => `$${name}(_)`),
  ...binary.map((operator) => `(_ ${operator} _)`),
];

const { expression } = fc.letrec<{ expression: string; frame: string }>((tie) => ({
  expression: fc.oneof({ maxDepth: 4, withCrossShrink: true }, fc.constantFrom(...leaves), tie("frame")),
  frame: fc
    .tuple(fc.constantFrom(...frames), fc.tuple(tie("expression"), tie("expression"), tie("expression")))
    .map(([frame, parts]) => {
      let next = 0;
      return frame.replace(/_/g, () => parts[next++] ?? "");
    }),
}));

describe("an expression", () => {
  it("gives what the package as published gives, or fails with its code", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(expression, async (text) => {
        const [ours, published] = [byTheQuery(text), await byThePackage(text)];
        expect(mayRace(text) ? hasFailed(ours) : ours).toEqual(mayRace(text) ? hasFailed(published) : published);
        if (!hasFailed(published)) expect(ours).toEqual(published);
      }),
      { numRuns: 2_000 / oneIn(5) },
    );
  });

  it("gives the same when its input changes shape from one evaluation to the next", () => {
    const query = compileExpression("$states.input.a.b + 1");
    const results = [{ a: { b: 1 } }, { a: [{ b: 2 }] }, { a: { b: 3 } }, { a: {} }].map((input) =>
      query(scopeOf(input)),
    );
    expect(results).toEqual([2, 3, 4, undefined]);
  });

  it.each([
    ["$states.input.rows{k: $sum(v)}"],
    ["$states.input.rows^(>v).k"],
    ["$states.input.rows#$i[$i > 0].k"],
    ["$order.lines@$l.($l.q * $rate)"],
    ["$states.input.deep.**.c"],
    ["$states.input.deep.a.b.%.b"],
    ["$states.input ~> |rows|{'v': 0}, 'k'|"],
    ["$match($states.input.text, /[a-b]/).match"],
    ["$split('a, b', /, /)"],
    ["$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1')"],
    ["($fact := function($n) { $n <= 1 ? 1 : $n * $fact($n - 1) }; $fact(6))"],
    ["($add := function($a, $b) { $a + $b }; $add(?, 2)(3))"],
    ["$single([1, 2], function($v) { $v = 3 })"],
    ["$formatNumber(12345.6, '#,###.00')"],
    ["$toMillis('2020-01-01T00:00:00Z')"],
    ["$fromMillis(1510067557121, '[M01]/[D01]/[Y0001] [h#1]:[m01][P]')"],
    ["$sort($states.input.rows, function($l, $r) { $l.k > $r.k }).k"],
    ["$assert(false, 'no')"],
    ["$error('no')"],
    ["1 ~> 2"],
    ["[1..'a']"],
  ])("by hand: %s", async (text) => {
    expect(byTheQuery(text)).toEqual(await byThePackage(text));
  });
});
