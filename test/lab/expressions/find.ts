import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { treatmentOf } from "../../../shared/asl/query/jsonata/classify.ts";
import { compileDirect } from "../../../shared/asl/query/jsonata/direct.ts";
import { compileWithLibrary } from "../../../shared/asl/query/jsonata/parse.ts";
import { parsePath } from "../../../shared/asl/query/jsonpath/parse.ts";
import { hasBranchingPattern, isDefinite } from "../../../shared/asl/query/jsonpath/syntax.ts";

/** What stands in files, each text once. */
export interface Queries {
  /** JSONata, without delimiters. */
  readonly expressions: Set<string>;
  readonly paths: Set<string>;
}

/** Definitions may stand in JSON or, as text, in its strings. Code is read as text: what it puts together is not found. */
export function queriesIn(places: readonly string[]): Queries {
  const queries: Queries = { expressions: new Set(), paths: new Set() };
  for (const place of places) for (const file of filesOf(place)) findIn(file, queries);
  return queries;
}

function filesOf(place: string): readonly string[] {
  if (statSync(place).isFile()) return [place];
  const entries = readdirSync(place, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(json|jsonl|ts)$/.test(entry.name));
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
}

function findIn(file: string, queries: Queries): void {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".ts")) {
    findInText(text, queries);
    return;
  }
  for (const line of file.endsWith(".jsonl") ? text.split("\n").filter(Boolean) : [text]) {
    JSON.parse(line, (key, value: unknown) => {
      if (typeof value === "string") findInString(key, value, queries);
      return value;
    });
  }
}

function findInString(key: string, value: string, queries: Queries): void {
  if (value.includes('"StartAt"')) findInText(value.replaceAll('\\"', '"'), queries);
  else if (value.startsWith("{%")) findInText(value, queries);
  else if (/(\.\$|Path|^Variable)$/.test(key) && value.startsWith("$")) queries.paths.add(value);
}

function findInText(text: string, { expressions, paths }: Queries): void {
  for (const [, found = ""] of text.matchAll(/\{%([\s\S]*?)%\}/g)) expressions.add(found.trim());
  for (const [, found = ""] of text.matchAll(/(?:\.\$"|Path"?|Variable"?): ?"(\$[^"]*)"/g)) paths.add(found);
}

export type Way = "plain" | "counted" | "apart" | "unreadable";

export const wayOfExpression = (text: string): Way =>
  readable(() => {
    const tree = compileWithLibrary(text).ast();
    if (compileDirect(tree) !== undefined) return "plain";
    return treatmentOf(tree) === "isolated" ? "apart" : "counted";
  });

export const wayOfPath = (text: string): Way =>
  readable(() => {
    const { segments } = parsePath(text);
    if (hasBranchingPattern(segments)) return "apart";
    return isDefinite(segments) ? "plain" : "counted";
  });

function readable(way: () => Way): Way {
  try {
    return way();
  } catch {
    return "unreadable";
  }
}
