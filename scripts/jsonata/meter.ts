import { parseSync } from "@swc/core";

/**
 * Puts a count of steps into the library's code: one at the start of every function and of every turn of a loop, so that
 * whatever the library does in JavaScript is counted. What it leaves to V8 (text and list functions) is charged by size
 * before it is done.
 *
 * The code sees `$step()`, `$meter` and a `JSON` of its own: see `shared/asl/query/jsonata/meter.ts`.
 * @throws {Error} when a function that is to be charged is not there as it was: another version needs another treatment
 */
export function countSteps(code: string): string {
  const edits: Edit[] = [];
  const found = new Set<string>();
  const module = parseSync(code, { syntax: "ecmascript", target: "es2022" });
  visit(module, edits, found);
  const missing = Object.keys(charges).filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`jsonata: cannot charge ${missing.join(", ")}: not found as they were`);
  return apply(code, edits, module.span.start);
}

interface Edit {
  /** In UTF-8, from where the module starts. */
  readonly at: number;
  readonly text: string;
  /** Of edits at one place, ends come before starts. */
  readonly isEnd: boolean;
}

/** What is charged when a function begins, in terms of its parameters. */
const charges: Readonly<Record<string, { readonly parameters: string; readonly code: string }>> = {
  _formatInteger: { parameters: "value,format", code: "$meter.digits(value,format.mandatoryDigits);" },
  append: { parameters: "arg1,arg2", code: "$meter.lists(arg1,arg2);" },
  base64decode: { parameters: "str", code: "$meter.text(str);" },
  base64encode: { parameters: "str", code: "$meter.text(str);" },
  contains: { parameters: "str,token", code: "$meter.search(str,token);" },
  decodeUrl: { parameters: "str", code: "$meter.text(str);" },
  decodeUrlComponent: { parameters: "str", code: "$meter.text(str);" },
  encodeUrl: { parameters: "str", code: "$meter.text(str);" },
  encodeUrlComponent: { parameters: "str", code: "$meter.text(str);" },
  evaluateRangeExpression: { parameters: "lhs,rhs,environment", code: "$meter.range(lhs,rhs);" },
  join: { parameters: "strs,separator", code: "$meter.join(strs,separator);" },
  lowercase: { parameters: "str", code: "$meter.text(str);" },
  pad: { parameters: "str,width,char", code: "$meter.pad(width,char);" },
  replace: { parameters: "str,pattern,replacement,limit", code: "$meter.search(str,pattern);" },
  split: { parameters: "str,separator,limit", code: "$meter.search(str,separator);" },
  substringAfter: { parameters: "str,chars", code: "$meter.search(str,chars);" },
  substringBefore: { parameters: "str,chars", code: "$meter.search(str,chars);" },
  trim: { parameters: "str", code: "$meter.text(str);" },
  uppercase: { parameters: "str", code: "$meter.text(str);" },
};

interface Span {
  readonly start: number;
  readonly end: number;
}

type SwcNode = Readonly<Record<string, unknown>> & { readonly type: string; readonly span: Span };

const loops: ReadonlySet<string> = new Set([
  "DoWhileStatement",
  "ForInStatement",
  "ForOfStatement",
  "ForStatement",
  "WhileStatement",
]);

function visit(value: unknown, edits: Edit[], found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) visit(item, edits, found);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const node = value as SwcNode;
  if (loops.has(node.type)) countStatement(node.body as SwcNode, edits);
  else if (node.type === "ArrowFunctionExpression") countBody(node.body as SwcNode, edits);
  else if (node.type === "FunctionDeclaration" || node.type === "FunctionExpression") {
    edits.push(after(node.body as SwcNode, `$step();${chargeOf(node, found)}`));
  }
  for (const child of Object.values(node)) visit(child, edits, found);
}

function chargeOf(node: SwcNode, found: Set<string>): string {
  const name = (node.identifier as { readonly value?: string } | null)?.value ?? "";
  const charge = Object.hasOwn(charges, name) ? charges[name] : undefined;
  if (charge === undefined) return "";
  const parameters = (node.params as readonly { readonly pat: { readonly value?: string } }[]).map(
    ({ pat }) => pat.value,
  );
  if (parameters.join(",") !== charge.parameters) return "";
  found.add(name);
  return charge.code;
}

function countStatement(body: SwcNode, edits: Edit[]): void {
  if (body.type === "BlockStatement") edits.push(after(body, "$step();"));
  else edits.push(...around(body, "{$step();", "}"));
}

function countBody(body: SwcNode, edits: Edit[]): void {
  if (body.type === "FunctionBody") edits.push(after(body, "$step();"));
  else edits.push(...around(body, "($step(),", ")"));
}

/** After the brace that opens a block, and after `"use strict"`. */
function after({ span, stmts }: SwcNode, text: string): Edit {
  const [first] = (stmts ?? []) as readonly SwcNode[];
  const isDirective = (first?.expression as SwcNode | undefined)?.type === "StringLiteral";
  return { at: isDirective && first !== undefined ? first.span.end : span.start + 1, text, isEnd: false };
}

function around({ span }: SwcNode, before: string, behind: string): readonly Edit[] {
  return [
    { at: span.start, text: before, isEnd: false },
    { at: span.end, text: behind, isEnd: true },
  ];
}

function apply(code: string, edits: readonly Edit[], base: number): string {
  const bytes = Buffer.from(code);
  const ordered = [...edits].sort((one, other) => one.at - other.at || Number(other.isEnd) - Number(one.isEnd));
  const parts: string[] = [];
  let position = 0;
  for (const { at, text } of ordered) {
    parts.push(bytes.toString("utf8", position, at - base), text);
    position = at - base;
  }
  parts.push(bytes.toString("utf8", position));
  return parts.join("");
}
