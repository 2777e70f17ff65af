import { isObject } from "../json.ts";
import type { Node } from "./library.ts";

/**
 * How often a value that is built may hold what the expression was given. Values share their parts, so that a few assignments
 * build one that is exponentially large to whoever walks through it.
 */
const MOST_COPIES = 256;

/** What an outer variable counts for in a function or a step that is called for each item. */
const ONCE_FOR_EACH_ITEM = 2 ** 20;

/**
 * Built-in functions that may take longer than in proportion to what they are given, or make much of little: they loop inside,
 * where the library does not look at the clock.
 */
const heavyFunctions: ReadonlySet<string> = new Set([
  "distinct",
  "match",
  "pad",
  "range",
  "reduce",
  "sort",
  "spread",
  "zip",
]);

/** Arguments with which they need no picture; pictures become regular expressions, or are read again for each digit. */
const argumentsWithoutPicture: Readonly<Record<string, number>> = {
  formatInteger: 1,
  formatNumber: 1,
  fromMillis: 1,
  now: 0,
  parseInteger: 1,
  toMillis: 1,
};

/** They call the function they are given once for each item. */
const loopFunctions: ReadonlySet<string> = new Set(["each", "filter", "map", "sift", "single"]);

const unboundedTypes: ReadonlySet<string> = new Set(["apply", "descendant", "parent", "partial", "transform"]);
const unboundedFields = ["ancestor", "focus", "index", "tuple"] as const;

/** A pattern that can come back to where it was. */
const branchingPattern = /[*+?{|]/;

/** What they give holds nothing of what they were given. */
const truths: ReadonlySet<unknown> = new Set(["=", "!=", "<", "<=", ">", ">=", "in", "and", "or"]);

/** Variables of the expression, by what their values may hold; all others hold what the expression was given. */
interface Variables {
  readonly own: Map<string, number>;
  readonly others: number;
}

/**
 * Whether an expression costs at the worst in proportion to its text and to the data it is given, times the items of one list
 * between two looks at the clock: shown from its text alone. Among the others are all that may take for ever: those with
 * branching patterns, date pictures, ranges, functions that may call themselves.
 */
export function isBounded(tree: Node): boolean {
  return copiesOf(tree, { own: new Map(), others: 1 }) <= MOST_COPIES;
}

/** How often the value of a node may hold what was given; infinite where nothing can be said. */
function copiesOf(node: Node, variables: Variables): number {
  if (unboundedTypes.has(node.type) || unboundedFields.some((field) => node[field] !== undefined)) return Infinity;
  const filters = [node.predicate, node.stages].flatMap((each) => (Array.isArray(each) ? (each as Node[]) : []));
  const isFiltered = filters.every(({ expr }) => copiesInLoop(expr as Node, variables, []) < Infinity);
  const group = isObject(node.group) ? copiesForEach(node.group.lhs, variables) : 1;
  const copies = isFiltered ? countCopies(node, variables) * group : Infinity;
  return copies > MOST_COPIES && variables.others === 1 ? Infinity : copies;
}

function countCopies(node: Node, variables: Variables): number {
  switch (node.type) {
    case "name":
    case "wildcard":
      return 1;
    case "variable":
      return variables.own.get(String(node.value)) ?? (node.value === "" ? 1 : variables.others);
    case "regex":
      return branchingPattern.test(String(node.value)) ? Infinity : 0;
    case "bind":
      return copiesOfBinding(node, variables);
    case "path":
      return copiesOfPath(node.steps as readonly Node[], variables);
    case "function":
      return copiesOfCall(node, variables);
    case "lambda":
      // A call at the end of a function is kept as a function without parameters.
      return node.thunk === true ? copiesOf(node.body as Node, variables) : Infinity;
    case "binary":
      return copiesOfOperation(node, variables);
    default:
      return copiesOfParts(
        Object.entries(node).flatMap(([field, part]) => (field === "group" ? [] : [part])),
        variables,
      );
  }
}

function copiesOfParts(parts: readonly unknown[], variables: Variables): number {
  let copies = 0;
  for (const part of parts) {
    if (Array.isArray(part)) copies += copiesOfParts(part, variables);
    else if (isObject(part) && typeof part.type === "string" && part.type !== "filter")
      copies += copiesOf(part as Node, variables);
  }
  return copies;
}

function copiesOfOperation({ value, lhs, rhs }: Node, variables: Variables): number {
  if (value === "..") return Infinity;
  const copies = copiesOfParts([lhs, rhs], variables);
  return truths.has(value) && copies < Infinity ? 0 : copies;
}

function copiesOfBinding({ lhs, rhs }: Node, variables: Variables): number {
  if (variables.others > 1) return Infinity;
  const name = String((lhs as Node).value);
  // What is made of nothing but the text is doubled all the same where it is used twice.
  const copies = Math.max(1, copiesOf(rhs as Node, variables));
  variables.own.set(name, Math.max(copies, variables.own.get(name) ?? 0));
  return copies;
}

function copiesOfPath([first, ...later]: readonly Node[], variables: Variables): number {
  let copies = first === undefined ? 0 : copiesOf(first, variables);
  for (const step of later) copies *= copiesForEach([step], variables);
  return copies;
}

/** By how much a step makes more of the items that it is taken for, each once. */
function copiesForEach(parts: unknown, variables: Variables): number {
  const copies = copiesInLoop({ type: "block", expressions: parts }, variables, []);
  return copies >= ONCE_FOR_EACH_ITEM ? Infinity : Math.max(1, copies);
}

function copiesInLoop(body: Node, variables: Variables, parameters: readonly string[]): number {
  const own = new Map([...variables.own.keys()].map((name) => [name, ONCE_FOR_EACH_ITEM]));
  for (const name of parameters) own.set(name, 1);
  return copiesOf(body, { own, others: ONCE_FOR_EACH_ITEM });
}

function copiesOfCall(node: Node, variables: Variables): number {
  const procedure = node.procedure as Node;
  const given = node.arguments as readonly Node[];
  const name = String(procedure.value);
  if (procedure.type !== "variable" || variables.own.has(name) || heavyFunctions.has(name)) return Infinity;
  if (given.length > (Object.hasOwn(argumentsWithoutPicture, name) ? (argumentsWithoutPicture[name] ?? 0) : Infinity)) {
    return Infinity;
  }
  if (name === "replace" && given[2]?.type !== "string") return Infinity;
  return loopFunctions.has(name) ? copiesOfLoop(given, variables) : copiesOfParts(given, variables);
}

function copiesOfLoop([list, called]: readonly Node[], variables: Variables): number {
  // A loop in a loop takes as long as both together.
  if (list === undefined || called?.type !== "lambda" || variables.others > 1) return Infinity;
  const parameters = (called.arguments as readonly Node[]).map(({ value }) => String(value));
  const copies = copiesInLoop(called.body as Node, variables, parameters);
  return copies >= ONCE_FOR_EACH_ITEM ? Infinity : copiesOf(list, variables) * Math.max(1, copies);
}
