import { parseAst } from "vitest/node";

/** A node of the syntax tree (ESTree with TypeScript): `[start, end)` in UTF-16 units. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export function parse(source: string): Node {
  return parseAst(source, { lang: "ts", sourceType: "module" }) as unknown as Node;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Wrappers that leave the expression in them as it is when types are stripped. */
const TRANSPARENT = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSTypeAssertion"]);

/** The nodes right below that run: no types, no names. */
export function children(node: Node): Node[] {
  if (node.type.startsWith("TS") && !TRANSPARENT.has(node.type)) return [];
  if (TRANSPARENT.has(node.type)) return [node.expression as Node];
  const found: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (isName(node, key)) continue;
    for (const each of Array.isArray(value) ? value : [value]) if (isNode(each)) found.push(each);
  }
  return found;
}

/** Whether the child under that key is a name or the source of a module: nothing that could be another value. */
function isName({ type, computed }: Node, key: string): boolean {
  if (type === "ImportDeclaration" || type === "ExportAllDeclaration") return true;
  if (type === "ExportNamedDeclaration") return key !== "declaration";
  if (type === "ImportExpression") return true;
  if (key === "key" || key === "property") return computed !== true;
  return key === "label" || key === "id" || key === "quasi" || key === "tag";
}
