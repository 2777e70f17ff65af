import type { ArtifactKind } from "../ports.ts";
import { parseKindEntry } from "./artifact-kinds.ts";

export interface ParsedKinds {
  /** By the artifact's digits. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<ArtifactKind>>;
  readonly damaged: readonly { readonly line: number; readonly text: string }[];
}

/** An entry without its end. */
const TORN = /^([0-9a-f]{0,64}|[0-9a-f]{64} [a-z_]*( [0-9a-f]{0,7})?)$/;

/**
 * Reads the whole index of kinds, and tells damage from what a crash may leave: each entry stands between newlines of its
 * own, and one that was torn has the beginning of the next in the place of its end.
 */
export function parseKinds(text: string): ParsedKinds {
  const kinds = new Map<string, Set<ArtifactKind>>();
  const damaged: { line: number; text: string }[] = [];
  const lines = text.split("\n");
  const report = (index: number) => damaged.push({ line: index + 1, text: lines[index] ?? "" });
  if (lines[0] !== "") report(0);
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const next = lines[index + 1];
    const entry = parseKindEntry(line);
    if (entry !== undefined) kinds.set(entry.digits, (kinds.get(entry.digits) ?? new Set()).add(entry.kind));
    const isHarmless = entry === undefined ? TORN.test(line) && isText(next) : next !== undefined;
    if (!isHarmless) report(index);
    // The newline that ends this entry. After a torn one the next begins on the next line.
    if (line !== "" && next === "") index += 1;
  }
  return { kinds, damaged };
}

function isText(line: string | undefined): boolean {
  return line !== undefined && line !== "";
}
