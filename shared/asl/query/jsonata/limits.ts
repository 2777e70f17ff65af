import { isObject } from "../json.ts";
import type { LibraryBounds, Node } from "./library.ts";

/**
 * What one evaluation may use. The time is AWS's documented second; depth, list and text are the largest that AWS is
 * known to accept.
 */
export const bounds = { timeout: 1_000, stack: 100, sequence: 873_782 } as const satisfies LibraryBounds;

/** UTF-16 units of one string. */
export const longestText = 6_990_256;

/** UTF-16 units of a result as JSON text, at the least: what is longer is not written to find that out. */
export const longestResult = 2 ** 23;

/** Items that `$range` gives. */
export const longestRange = 360_145;

/** What an expression needs watched, beside time and depth. Watching costs, so that it is done only where it can matter. */
export interface Hazards {
  /** Lists may outgrow the input: ranges, functions, and paths whose later steps give lists of their own. */
  readonly lists: boolean;
  /** Text may outgrow the input: functions may repeat, and a few built-ins make long text from short. */
  readonly text: boolean;
}

export function hazardsOf(tree: Node): Hazards {
  const nodes = [...nodesOf(tree)];
  return {
    lists: nodes.some((node) => listMakers.has(kindOf(node)) || (node.type === "path" && hasListStep(node))),
    text: nodes.some((node) => textMakers.has(kindOf(node))),
  };
}

const listMakers: ReadonlySet<string> = new Set([
  "..",
  "$append",
  "$spread",
  "$zip",
  "descendant",
  "lambda",
  "wildcard",
]);

const textMakers: ReadonlySet<string> = new Set(["$join", "$pad", "$replace", "$string", "lambda"]);

function kindOf(node: Node): string {
  if (node.type === "variable") return `$${String(node.value)}`;
  return node.type === "binary" ? String(node.value) : node.type;
}

/** Names pick from what is there, and an object constructor makes one object for each; bound to a variable they join. */
function hasListStep(path: Node): boolean {
  const [, ...later] = path.steps as readonly Node[];
  return later.some((step) => {
    const isPick = step.type === "name" || (step.type === "unary" && step.value === "{");
    return !isPick || step.tuple !== undefined;
  });
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
  else if (isObject(value)) {
    if (typeof value.type === "string") yield value as Node;
    for (const child of Object.values(value)) yield* nodesOf(child);
  }
}
