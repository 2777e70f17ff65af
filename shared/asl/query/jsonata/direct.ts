import { isObject, setOwn } from "../json.ts";
import type { Scope } from "../scope.ts";
import { statesValue } from "./bindings.ts";
import type { Node } from "./library.ts";
import { bounds } from "./limits.ts";

/** Answered where the library must decide: another type of value, a list on the way, an error to word. */
export const undecided: unique symbol = Symbol("undecided");

type Direct = (scope: Scope) => unknown;

/**
 * Compiles the plain part of the language to a closure: paths of names, literals, comparison, arithmetic, text, logic,
 * conditions, object and array constructors. Undefined for anything else. The closure gives what the library would,
 * or `undecided`.
 */
export function compileDirect(node: Node): Direct | undefined {
  return isDeeper(node, bounds.stack) ? undefined : compileNode(node);
}

function compileNode(node: Node): Direct | undefined {
  if (Object.keys(node).some((field) => modifiers.has(field))) return undefined;
  return compilers[node.type]?.(node);
}

/** Fields by which a node filters, groups, sorts or names what it selects. */
const modifiers: ReadonlySet<string> = new Set([
  "ancestor",
  "consarray",
  "focus",
  "group",
  "index",
  "keepArray",
  "keepSingletonArray",
  "nextFunction",
  "predicate",
  "seekingParent",
  "stages",
  "thunk",
  "tuple",
]);

const compilers: Readonly<Record<string, (node: Node) => Direct | undefined>> = {
  string: compileLiteral,
  number: compileLiteral,
  value: compileLiteral,
  variable: compileVariable,
  path: compilePath,
  binary: compileBinary,
  unary: compileUnary,
  condition: compileCondition,
  block: compileBlock,
};

function compileLiteral({ value }: Node): Direct {
  return () => value;
}

function compileVariable({ value }: Node): Direct | undefined {
  if (typeof value !== "string" || value === "" || value === "$") return undefined;
  if (value === "states") return statesValue;
  return (scope) => (Object.hasOwn(scope.variables, value) ? scope.variables[value] : undecided);
}

function compilePath({ steps }: Node): Direct | undefined {
  const [root, ...names] = steps as readonly Node[];
  if (root?.type !== "variable" || !names.every((step) => step.type === "name" && compileStep(step))) return undefined;
  const keys = names.map((step) => String(step.value));
  const field = root.value === "states" ? placedField(keys[0]) : undefined;
  const read = field ?? compileNode(root);
  if (read === undefined) return undefined;
  const rest = field === undefined ? keys : keys.slice(1);
  return (scope) => follow(read(scope), rest);
}

function compileStep(step: Node): boolean {
  return !Object.keys(step).some((field) => modifiers.has(field));
}

/** Reads a field of `$states` without building the whole of it. */
function placedField(name: string | undefined): Direct | undefined {
  if (name === "input") return (scope) => scope.input;
  if (name === "context") return (scope) => scope.context;
  if (name === "result") return (scope) => scope.result;
  return name === "errorOutput" ? (scope) => scope.errorOutput : undefined;
}

function follow(start: unknown, keys: readonly string[]): unknown {
  let value = start;
  for (const key of keys) {
    // A list on the way makes the path a mapping.
    if (Array.isArray(value)) return undecided;
    if (!isObject(value)) return value === undecided ? undecided : undefined;
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

type Operation = (left: unknown, right: unknown) => unknown;

const operations: Readonly<Record<string, Operation>> = {
  "=": (left, right) => equality(left, right, true),
  "!=": (left, right) => equality(left, right, false),
  "<": comparison((left, right) => left < right),
  "<=": comparison((left, right) => left <= right),
  ">": comparison((left, right) => left > right),
  ">=": comparison((left, right) => left >= right),
  "+": arithmetic((left, right) => left + right),
  "-": arithmetic((left, right) => left - right),
  "*": arithmetic((left, right) => left * right),
  "/": arithmetic((left, right) => left / right),
  "%": arithmetic((left, right) => left % right),
  "&": (left, right) => (isTextOrNothing(left) && isTextOrNothing(right) ? (left ?? "") + (right ?? "") : undecided),
};

function isTextOrNothing(value: unknown): value is string | undefined {
  return typeof value === "string" || value === undefined;
}

function equality(left: unknown, right: unknown, ifSame: boolean): unknown {
  if (typeof left === "object" && left !== null) return undecided;
  if (typeof right === "object" && right !== null) return undecided;
  if (left === undecided || right === undecided) return undecided;
  return left === undefined || right === undefined ? false : (left === right) === ifSame;
}

function comparison(holds: (left: string | number, right: string | number) => boolean): Operation {
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") return holds(left, right);
    if (typeof left === "string" && typeof right === "string") return holds(left, right);
    return left === undefined && right === undefined ? undefined : undecided;
  };
}

function arithmetic(compute: (left: number, right: number) => number): Operation {
  return (left, right) => {
    if (typeof left !== "number" || typeof right !== "number") return undecided;
    const result = compute(left, right);
    return Number.isFinite(result) ? result : undecided;
  };
}

function compileBinary(node: Node): Direct | undefined {
  const left = compileNode(node.lhs as Node);
  const right = compileNode(node.rhs as Node);
  if (left === undefined || right === undefined) return undefined;
  if (node.value === "and" || node.value === "or") return logic(left, right, node.value === "or");
  const operation = operations[String(node.value)];
  return operation === undefined ? undefined : (scope) => operation(left(scope), right(scope));
}

/** Of booleans, and nothing for false; the right side is not evaluated where the left one decides. */
function logic(left: Direct, right: Direct, decidedBy: boolean): Direct {
  return (scope) => {
    const first = left(scope) ?? false;
    if (typeof first !== "boolean") return undecided;
    if (first === decidedBy) return first;
    const second = right(scope) ?? false;
    return typeof second === "boolean" ? second : undecided;
  };
}

function compileCondition(node: Node): Direct | undefined {
  const test = compileNode(node.condition as Node);
  const whenTrue = compileNode(node.then as Node);
  const whenFalse = node.else === undefined ? () => undefined : compileNode(node.else as Node);
  if (test === undefined || whenTrue === undefined || whenFalse === undefined) return undefined;
  return (scope) => {
    const answer = test(scope) ?? false;
    if (typeof answer !== "boolean") return undecided;
    return answer ? whenTrue(scope) : whenFalse(scope);
  };
}

function compileBlock(node: Node): Direct | undefined {
  const [only, ...more] = node.expressions as readonly Node[];
  return only === undefined || more.length > 0 ? undefined : compileNode(only);
}

function compileUnary(node: Node): Direct | undefined {
  if (node.value === "-") return compileNegation(node.expression as Node);
  if (node.value === "[") return compileArray(node.expressions as readonly Node[]);
  return node.value === "{" ? compileObject(node.lhs as readonly (readonly [Node, Node])[]) : undefined;
}

function compileNegation(node: Node): Direct | undefined {
  const operand = compileNode(node);
  if (operand === undefined) return undefined;
  return (scope) => {
    const value = operand(scope);
    return typeof value === "number" ? -value : undecided;
  };
}

/** A list that an entry gives is spliced in, unless the entry is itself a constructor. */
function compileArray(entries: readonly Node[]): Direct | undefined {
  const parts = entries.map((entry) => ({ read: compileNode(entry), isNested: entry.value === "[" }));
  if (parts.some(({ read }) => read === undefined)) return undefined;
  return (scope) => {
    const items: unknown[] = [];
    for (const { read, isNested } of parts) {
      const value = read?.(scope);
      if (value === undecided || (Array.isArray(value) && !isNested)) return undecided;
      if (value !== undefined) items.push(value);
    }
    return items;
  };
}

function compileObject(pairs: readonly (readonly [Node, Node])[]): Direct | undefined {
  const fields = pairs.map(([key, value]) => ({
    key: key.value,
    isPlain: key.type === "string",
    read: compileNode(value),
  }));
  const keys = new Set(fields.map(({ key }) => key));
  // Keys that are computed, repeated or reserved by the library are left to it.
  const isPlain = fields.every(({ key, isPlain, read }) => isPlain && read && !String(key).startsWith("_jsonata_"));
  if (!isPlain || keys.size < fields.length) return undefined;
  return (scope) => {
    const made: Record<string, unknown> = {};
    for (const { key, read } of fields) {
      const value = read?.(scope);
      if (value === undecided) return undecided;
      if (value !== undefined) setOwn(made, String(key), value);
    }
    return made;
  };
}

/** Whether more evaluations are nested, as the library would count them, than so many. */
function isDeeper(tree: unknown, levels: number): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  const isNode = "type" in tree && typeof tree.type === "string";
  if (isNode && levels === 0) return true;
  for (const child of Object.values(tree)) if (isDeeper(child, isNode ? levels - 1 : levels)) return true;
  return false;
}
