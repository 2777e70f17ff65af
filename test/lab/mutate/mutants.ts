import { type Edit, OPERATORS } from "./operators.ts";
import { children, type Node, parse } from "./syntax.ts";

/** One change of one file that its tests should notice. */
export interface Mutant extends Edit {
  /** Relative to the project. */
  readonly file: string;
  readonly operator: string;
  /** From 1. */
  readonly line: number;
  /** The expression or statement that is told apart from its original at run time: `[from, to)`. */
  readonly anchor: Anchor;
  /** It changes text for people to read. */
  readonly isWording: boolean;
}

export interface Anchor {
  readonly kind: "expression" | "statement" | "body";
  readonly from: number;
  readonly to: number;
}

/** Every mutant of a file, in the order of its text. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  visit(parse(source), undefined, undefined);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);

  function visit(node: Node, parent: Node | undefined, chain: Node | undefined): void {
    for (const [operator, editsOf] of Object.entries(OPERATORS)) {
      for (const edit of editsOf({ node, parent, source })) {
        const anchor = anchorOf(operator, node, chain);
        found.push({
          ...edit,
          file,
          operator,
          line: lineAt(source, edit.start),
          anchor,
          isWording: isWording(operator, node),
        });
      }
    }
    for (const child of children(node)) visit(child, node, chainOf(node, child, chain));
  }
}

/** The optional chain that a child is a link of: it can be told apart as a whole only. Arguments are links of nothing. */
function chainOf(node: Node, child: Node, chain: Node | undefined): Node | undefined {
  if (node.type === "ChainExpression") return node;
  return child === node.object || child === node.callee || node.type === "TSNonNullExpression" ? chain : undefined;
}

function anchorOf(operator: string, node: Node, chain: Node | undefined): Anchor {
  if (operator === "statement") return { kind: "statement", from: node.start, to: node.end };
  if (operator === "body") {
    const { start, end } = node.body as Node;
    return { kind: "body", from: start, to: end };
  }
  const { start, end } = operator === "condition" ? (node.test as Node) : (chain ?? node);
  return { kind: "expression", from: start, to: end };
}

/** Two words with a space between them are a sentence to somebody. */
function isWording(operator: string, node: Node): boolean {
  if (operator !== "string") return false;
  const quasis = (node.quasis as readonly { value: { cooked: string } }[] | undefined) ?? [];
  const text = node.type === "Literal" ? String(node.value) : quasis.map(({ value }) => value.cooked).join("x");
  return /[\p{L}:,)"'] +[\p{L}("']/u.test(text);
}

function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split("\n").length;
}

/** The lines that change, before and after. */
export function diffOf(mutant: Edit, source: string): { readonly before: string; readonly after: string } {
  const from = source.lastIndexOf("\n", mutant.start - 1) + 1;
  const next = source.indexOf("\n", mutant.end);
  const to = next === -1 ? source.length : next;
  return {
    before: source.slice(from, to),
    after: source.slice(from, mutant.start) + mutant.text + source.slice(mutant.end, to),
  };
}
