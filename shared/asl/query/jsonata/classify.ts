import { isObject } from "../json.ts";
import { canBranch } from "../pattern.ts";
import type { Node } from "./library.ts";

/**
 * Where the library may evaluate an expression. `stepped`: all it does is counted or charged by size, so that it can be
 * stopped after so many steps. `isolated`: V8 may take any time for a part of it, in which nothing is counted.
 */
export type Treatment = "stepped" | "isolated";

export function treatmentOf(tree: Node): Treatment {
  return nodesIn(tree).some(hasNoBound) ? "isolated" : "stepped";
}

function hasNoBound(node: Node): boolean {
  if (node.type === "regex") return canBranch(String(node.value));
  // The library matches arguments with a pattern that it makes of the signature.
  if (node.type === "lambda") return node.signature !== undefined;
  return node.type === "variable" && (node.value === "toMillis" || node.value === "parseInteger");
}

/** The variables that an expression may look up. */
export function variablesIn(tree: Node): ReadonlySet<string> {
  const names = nodesIn(tree).filter(({ type, value }) => type === "variable" && typeof value === "string");
  return new Set(names.map(({ value }) => String(value)));
}

/** All nodes but the functions that are called as they may be. */
function nodesIn(tree: Node): readonly Node[] {
  const nodes: Node[] = [];
  const visit = (value: unknown, isApplied: boolean): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, false);
    else if (isObject(value)) {
      if (typeof value.type === "string") nodes.push(value as Node);
      const isBounded = value.type === "function" && readsNoPicture(value as Node, isApplied);
      for (const [field, child] of Object.entries(value)) {
        if (!isBounded || field !== "procedure") visit(child, value.type === "apply" && field === "rhs");
      }
    }
  };
  visit(tree, false);
  return nodes;
}

/** To read a date as a picture has it, the library makes a pattern of the picture. @param isApplied `~>` adds an argument */
function readsNoPicture({ procedure, arguments: given }: Node, isApplied: boolean): boolean {
  if (!isObject(procedure) || procedure.type !== "variable" || procedure.value !== "toMillis") return false;
  return (given as readonly Node[]).length + (isApplied ? 1 : 0) <= 1;
}
