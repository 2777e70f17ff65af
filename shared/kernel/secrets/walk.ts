import { shapesUnder } from "./collected.ts";
import { namesMany, tellOf } from "./names.ts";

/** Deeper documents are cyclic, or made to exhaust the stack. */
const MAX_DEPTH = 1_000;

/** What happens to the strings of a document. Each gives back what is to stand in the string's place. */
export interface Visitor {
  /** @param name what the string is called, where it has a name that may tell */
  readonly text: (text: string, name: string | undefined, path: readonly string[]) => string;
  readonly key: (key: string, path: readonly string[]) => string;
}

/** Fields that hold the value of a `{ name, value }` pair, and those that hold its name. */
const VALUES = new Set(["value", "Value", "val", "ParameterValue"]);
const NAMES = ["name", "Name", "key", "Key", "variable", "header", "field", "option", "ParameterKey"];
/** The private members of a JSON Web Key (RFC 7518, section 6). */
const KEY_MEMBERS = new Set(["d", "p", "q", "dp", "dq", "qi", "k"]);

/**
 * Shows a visitor every string and every key of a value, as JSON would write it.
 * @returns the same value where the visitor changed nothing, else a copy with its changes
 * @throws {TypeError} for a cycle, or more than 1000 levels
 */
export function walk(value: unknown, visitor: Visitor): unknown {
  const path: string[] = [];
  return visit(value, undefined);

  function visit(value: unknown, name: string | undefined): unknown {
    if (typeof value === "string") return visitor.text(value, name, path);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
    if (path.length >= MAX_DEPTH)
      throw new TypeError(`cannot look for secrets below ${MAX_DEPTH} levels: is it a cycle?`);
    if (Array.isArray(value)) return visitArray(value, name);
    if (typeof (value as { toJSON?: unknown }).toJSON === "function") {
      const written = (value as { toJSON: (key: string) => unknown }).toJSON(path.at(-1) ?? "");
      const visited = visit(written, name);
      return visited === written ? value : visited;
    }
    return visitObject(value as Record<string, unknown>, name);
  }

  function visitArray(array: readonly unknown[], name: string | undefined): unknown {
    let copy: unknown[] | undefined;
    for (const [index, item] of array.entries()) {
      path.push(String(index));
      const visited = visit(item, typeof item === "string" ? (name ?? nameOfItem(array, index)) : undefined);
      path.pop();
      if (visited !== item) {
        copy ??= [...array];
        copy[index] = visited;
      }
    }
    return copy ?? array;
  }

  function visitObject(object: Record<string, unknown>, name: string | undefined): unknown {
    const collection = name !== undefined && namesMany(name) ? name : undefined;
    const keys = Object.keys(object);
    let entries: [string, unknown][] | undefined;
    for (const [index, key] of keys.entries()) {
      const newKey = visitor.key(key, path);
      path.push(newKey);
      const value = object[key];
      const visited = visit(value, nameOfField(object, key, collection));
      path.pop();
      if (newKey !== key || visited !== value) {
        entries ??= keys.map((key) => [key, object[key]]);
        entries[index] = [newKey, visited];
      }
    }
    return entries === undefined ? object : Object.fromEntries(apart(entries));
  }
}

/** The strongest name that a field's value goes by: its key, the other half of its pair, or that of its collection. */
function nameOfField(object: Record<string, unknown>, key: string, collection: string | undefined): string | undefined {
  const tell = tellOf(key);
  if (tell === "strong") return key;
  if (KEY_MEMBERS.has(key) && typeof object.kty === "string") return "private_key";
  if (collection !== undefined && typeof object[key] === "string") return collection;
  if (tell === undefined && VALUES.has(key)) {
    const named = NAMES.map((field) => object[field]).find((name) => typeof name === "string");
    if (typeof named === "string" && (tellOf(named) !== undefined || shapesUnder(named).length > 0)) return named;
  }
  return tell === undefined && shapesUnder(key).length === 0 ? undefined : key;
}

/** The name of what stands behind an option (`["--password", "x"]`) or second in a pair (`["Cookie", "x"]`). */
function nameOfItem(array: readonly unknown[], index: number): string | undefined {
  const before = array[index - 1];
  if (typeof before !== "string" || !(before.startsWith("-") || array.length === 2)) return undefined;
  const name = before.replace(/^-+/, "");
  return tellOf(name) === undefined && shapesUnder(name).length === 0 ? undefined : name;
}

/** Redacted keys may coincide; each keeps its entry. */
function apart(entries: [string, unknown][]): [string, unknown][] {
  const taken = new Set<string>();
  return entries.map(([key, value]) => {
    let free = key;
    for (let count = 2; taken.has(free); count++) free = `${key}#${count}`;
    taken.add(free);
    return [free, value];
  });
}
