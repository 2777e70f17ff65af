import type { Asked } from "./peer.ts";

const names = ["a", "b", "c", "d-e", "k", "a1", "length", "x y"];
const leaves: readonly unknown[] = [1, 2, 5, -1, 1.5, "x", "y", "5", "", "null", "true", "Env", null, true, false];
const operators = ["==", "!=", "<", ">", "<=", ">=", "=~"];
const literals = [
  "1",
  "-1",
  "1.50",
  "'x'",
  "x",
  "Env",
  "'5'",
  "'a b'",
  '"x"',
  "null",
  "'null'",
  "true",
  "$.a",
  "@.b",
  "/x./",
  "/X/i",
];
const filterPaths = [
  "@",
  "@.a",
  "@.b",
  "@.a.b",
  "@['k']",
  "@.a[0]",
  "@[1]",
  "@[-1]",
  "@.d-e",
  "@.length",
  "!@.a",
  "$.a",
  "$.k.a",
];

/** What Step Functions added to the dialect. */
const isVariable = /^\$[\w$]/;

/** Paths of the dialect and documents, some of the paths with one character too many or too few; from a seed. */
export function generateAsked(seed: number, count: number): Asked[] {
  let state = seed;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % limit;
  };
  const oneOf = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const value = (depth: number): unknown => {
    const kind = below(depth > 0 ? 10 : 6);
    if (kind < 6) return oneOf(leaves);
    if (kind < 8) return Array.from({ length: below(4) }, () => value(depth - 1));
    return Object.fromEntries(Array.from({ length: 1 + below(4) }, () => [oneOf(names), value(depth - 1)]));
  };
  const number = () => oneOf(["0", "1", "2", "3", "7", "-1", "-2"]);
  const space = () => oneOf(["", " "]);
  const criterion = () => {
    const path = oneOf(filterPaths);
    return below(4) === 0 ? path : `${path}${space()}${oneOf(operators)}${space()}${oneOf(literals)}`;
  };
  const filter = () => {
    const more = Array.from({ length: below(3) }, () => {
      return `${space()}${oneOf(["&&", "||"])}${space()}${below(5) === 0 ? `(${criterion()})` : criterion()}`;
    });
    return `[?(${criterion()}${more.join("")})]`;
  };
  const segments: readonly (() => string)[] = [
    () => `.${oneOf(names)}`,
    () => `.${oneOf(names)}`,
    () => `.${oneOf(names)}`,
    () => `['${oneOf(names)}']`,
    () => `['${oneOf(names)}',${space()}'${oneOf(names)}']`,
    () => `[${number()}]`,
    () => `[${space()}${number()},${number()}]`,
    () =>
      oneOf([
        `[${number()}:]`,
        `[:${number()}]`,
        `[${number()}:${number()}]`,
        `[${number()}:${number()}:2]`,
        "[:]",
        "[1 2]",
      ]),
    () => oneOf([".*", "[*]"]),
    () => `..${oneOf(["*", oneOf(names), `[${number()}]`, "['a','b']", "", filter()])}`,
    () =>
      oneOf([`[(@.length-${1 + below(2)})]`, "[(@.size()-1)]", "[ ( @.length - 1 ) ]", "[@.length-1]", "[(@.foo-1)]"]),
    filter,
  ];
  const misspelt = (path: string): string => {
    const at = 1 + below(path.length);
    const inserted = oneOf(["'", "]", "[", " ", ".", "*", "(", ")", "?", "@", "0", "a", ",", ":", "-", "&&", "=="]);
    return below(2) === 0 ? path.slice(0, at) + path.slice(at + 1) : path.slice(0, at) + inserted + path.slice(at);
  };
  return Array.from({ length: count }, () => {
    const path = `$${Array.from({ length: below(5) }, () => oneOf(segments)()).join("")}`;
    const document = below(20) === 0 ? value(2) : Object.fromEntries(names.map((name) => [name, value(3)]));
    return { path: below(6) === 0 ? misspelt(path) : path, document };
  }).filter(({ path }) => !isVariable.test(path));
}
