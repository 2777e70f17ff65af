import { isObject, type JsonObject } from "../query/json.ts";
import type { StatesScope } from "./shape.ts";

/**
 * The references in a JSONata syntax tree that Step Functions refuses: expressions are evaluated without a context
 * item, so `$`, `$$` and bare names have nothing to read at the top level (ASL: JSONata restrictions), and
 * `$states.result` and `$states.errorOutput` exist in a few fields only. Each is listed once, in order.
 */
export function unsupportedReferences(tree: unknown, statesScope: StatesScope): readonly string[] {
  const found = new Set<string>();
  visit(tree, false, (name) => found.add(name), statesScope);
  return [...found];
}

type Report = (name: string) => void;

/** The fields of `$states` that depend on the place. */
const placedFields: readonly string[] = ["result", "errorOutput"];

/** The children of a node by what they are evaluated against: the node's own context, or an item that a path gives. */
const children: Readonly<Record<"sameContext" | "itemContext", readonly string[]>> = {
  sameContext: [
    "expressions",
    "lhs",
    "rhs",
    "expression",
    "condition",
    "then",
    "else",
    "procedure",
    "arguments",
    "body",
  ],
  itemContext: ["predicate", "stages", "group", "terms", "pattern", "update", "delete", "expr"],
};

function visit(node: unknown, hasContext: boolean, report: Report, scope: StatesScope): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, hasContext, report, scope);
    return;
  }
  if (!isObject(node)) return;
  if (node.type === "path") visitPath(node, hasContext, report, scope);
  else visitLeaf(node, hasContext, report);
  // A lambda's parameters are names it binds, not names it reads.
  for (const child of children.sameContext) {
    if (!(node.type === "lambda" && child === "arguments")) visit(node[child], hasContext, report, scope);
  }
  for (const child of children.itemContext) visit(node[child], true, report, scope);
}

function visitPath(node: JsonObject, hasContext: boolean, report: Report, scope: StatesScope): void {
  const steps = node.steps as readonly JsonObject[];
  steps.forEach((step, index) => {
    visit(step, hasContext || index > 0, report, scope);
  });
  const [root, field] = steps;
  if (root?.type !== "variable" || root.value !== "states" || field?.type !== "name") return;
  const name = String(field.value);
  if (placedFields.includes(name) && name !== scope) report(`$states.${name}`);
}

function visitLeaf(node: JsonObject, hasContext: boolean, report: Report): void {
  if (node.type === "variable" && node.value === "$") report("$$");
  else if (hasContext) return;
  else if (node.type === "name") report(String(node.value));
  else if (node.type === "variable" && node.value === "") report("$");
}
