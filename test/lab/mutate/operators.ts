import type { Node } from "./syntax.ts";

/** One change of the text: `[start, end)` becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What an operator would change of a node, and what the node is to its parent. */
export interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly source: string;
}

/** Finds the changes of one kind that a node allows. */
export type Operator = (place: Place) => readonly Edit[];

const BINARY: Readonly<Record<string, readonly string[]>> = {
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "===": ["!=="],
  "!==": ["==="],
  "==": ["!="],
  "!=": ["=="],
};
const LOGICAL: Readonly<Record<string, string>> = { "&&": "||", "||": "&&" };
const ASSIGNMENT: Readonly<Record<string, string>> = { "+=": "-=", "-=": "+=", "*=": "/=", "|=": "&=", "&=": "|=" };
const METHOD: ReadonlyMap<string, string> = new Map([
  ["startsWith", "endsWith"],
  ["endsWith", "startsWith"],
  ["some", "every"],
  ["every", "some"],
  ["toUpperCase", "toLowerCase"],
  ["toLowerCase", "toUpperCase"],
  ["indexOf", "lastIndexOf"],
]);
/** Those that others might have too, with whose they are. */
const STATIC: ReadonlyMap<string, string> = new Map([
  ["Math.min", "max"],
  ["Math.max", "min"],
  ["Math.floor", "ceil"],
  ["Math.ceil", "floor"],
  ["Promise.all", "race"],
  ["Object.keys", "values"],
]);
/** Calls that give back something of their object's kind: the object itself stands in for them. */
const PASSING = new Set(["filter", "sort", "toSorted", "slice", "trim", "reverse", "toReversed"]);

/** Numbers up to this are counts and indices: one more. Greater ones are limits and times: 0. */
const GREATEST_COUNT = 16;

export const OPERATORS: Readonly<Record<string, Operator>> = {
  binary: ({ node, source }) => {
    if (node.type !== "BinaryExpression") return [];
    const [left, right] = [node.left as Node, node.right as Node];
    if (node.operator === "+" && [left, right].some(isText)) return [];
    const edits = BINARY[String(node.operator)] ?? [];
    return edits.map((text) => between(source, left, right, String(node.operator), text));
  },
  logical: ({ node, source }) => {
    const text = node.type === "LogicalExpression" ? LOGICAL[String(node.operator)] : undefined;
    if (text === undefined) return [];
    return [between(source, node.left as Node, node.right as Node, String(node.operator), text)];
  },
  /** The default is never taken, or always. */
  fallback: ({ node, source }) => {
    if (node.type !== "LogicalExpression" || node.operator !== "??") return [];
    const sides = [node.left as Node, node.right as Node];
    return sides.map(({ start, end }) => ({ start: node.start, end: node.end, text: source.slice(start, end) }));
  },
  assignment: ({ node, source }) => {
    const text = node.type === "AssignmentExpression" ? ASSIGNMENT[String(node.operator)] : undefined;
    if (text === undefined) return [];
    return [between(source, node.left as Node, node.right as Node, String(node.operator), text)];
  },
  condition: ({ node }) => {
    if (!["IfStatement", "ConditionalExpression", "WhileStatement", "ForStatement"].includes(node.type)) return [];
    if (node.test === null) return [];
    const test = node.test as Node;
    // A loop that never ends says nothing of the tests.
    const values = node.type === "IfStatement" || node.type === "ConditionalExpression" ? ["true", "false"] : ["false"];
    return values.map((text) => ({ start: test.start, end: test.end, text }));
  },
  negation: ({ node }) => {
    if (node.type !== "UnaryExpression" || (node.operator !== "!" && node.operator !== "-")) return [];
    return [{ start: node.start, end: node.start + 1, text: "" }];
  },
  boolean: ({ node }) => {
    if (node.type !== "Literal" || typeof node.value !== "boolean") return [];
    return [{ start: node.start, end: node.end, text: String(!node.value) }];
  },
  number: ({ node }) => {
    if (node.type !== "Literal" || typeof node.value !== "number") return [];
    const text = node.value <= GREATEST_COUNT ? String(node.value + 1) : "0";
    return [{ start: node.start, end: node.end, text }];
  },
  string: ({ node, parent }) => {
    if (parent?.type === "ExpressionStatement" || !isText(node)) return [];
    const isEmpty = node.end - node.start === 2;
    return [{ start: node.start, end: node.end, text: isEmpty ? '"mutant"' : '""' }];
  },
  array: ({ node }) => {
    if (node.type !== "ArrayExpression" || (node.elements as unknown[]).length === 0) return [];
    return [{ start: node.start, end: node.end, text: "[]" }];
  },
  object: ({ node }) => {
    if (node.type !== "ObjectExpression" || (node.properties as unknown[]).length === 0) return [];
    return [{ start: node.start, end: node.end, text: "({})" }];
  },
  update: ({ node, parent }) => {
    if (node.type !== "UpdateExpression" || parent?.type === "ForStatement") return [];
    const start = node.prefix === true ? node.start : node.end - 2;
    return [{ start, end: start + 2, text: node.operator === "++" ? "--" : "++" }];
  },
  method: ({ node, source }) => {
    const callee = node.type === "CallExpression" ? (node.callee as Node) : undefined;
    if (callee?.type !== "MemberExpression" || callee.computed === true) return [];
    const [object, property] = [callee.object as Node, callee.property as Node];
    const swapped = METHOD.get(String(property.name)) ?? STATIC.get(`${object.name}.${property.name}`);
    if (swapped !== undefined) return [{ start: property.start, end: property.end, text: swapped }];
    if (!PASSING.has(String(property.name))) return [];
    const dot = callee.optional === true ? "?." : ".";
    return [{ start: between(source, object, property, dot, "").start, end: node.end, text: "" }];
  },
  optional: ({ node, source }) => {
    if (node.type !== "MemberExpression" || node.optional !== true) return [];
    const { start } = between(source, node.object as Node, node.property as Node, "?.", "");
    return [{ start, end: start + 2, text: node.computed === true ? "" : "." }];
  },
  /** What is done for its effect alone is not done. */
  statement: ({ node }) => {
    if (node.type !== "ExpressionStatement") return [];
    const { type, callee } = unwrapped(node.expression as Node);
    if (!["CallExpression", "AssignmentExpression", "ChainExpression"].includes(type)) return [];
    return (callee as Node | undefined)?.type === "Super" ? [] : [{ start: node.start, end: node.end, text: ";" }];
  },
  /** A function that does nothing. */
  body: ({ node, source }) => {
    if (!["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type)) return [];
    const body = node.body as Node | null;
    if (body?.type !== "BlockStatement" || (body.body as unknown[]).length === 0) return [];
    return /\bsuper\(/.test(source.slice(body.start, body.end))
      ? []
      : [{ start: body.start, end: body.end, text: "{}" }];
  },
};

function isText({ type, value }: Node): boolean {
  return type === "TemplateLiteral" || (type === "Literal" && typeof value === "string");
}

/** `await` and `void` aside. */
function unwrapped(node: Node): Node {
  const isWrapper = node.type === "AwaitExpression" || (node.type === "UnaryExpression" && node.operator === "void");
  return isWrapper ? unwrapped(node.argument as Node) : node;
}

/** The operator between two operands, which comments and parentheses may surround. */
function between(source: string, left: Node, right: Node, operator: string, text: string): Edit {
  const gap = source.slice(left.end, right.start).replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, (it) => " ".repeat(it.length));
  const start = left.end + gap.indexOf(operator);
  return { start, end: start + operator.length, text };
}
