import * as z from "zod";
import { ConfigManifest } from "../../shared/contracts/config-manifest.ts";

const HEAD = `# The config manifest

Written by \`npm run docs\` from \`shared/contracts/config-manifest.ts\` and what it is made of.

What to recompile, how to test it, and what the run may do. Every key but \`schema_version\` has a default, so
\`{"schema_version":1}\` is a whole config; \`restep pack game.elf --config config.json\` takes one. A key that is not here is an
error that names it.

| to | write |
|---|---|
| recompile some functions alone | \`{"schema_version":1,"include":["decode_*"],"exclude":["decode_debug"]}\` |
| have the tests follow real input | \`{"schema_version":1,"validation":{"runs":[{"args":["3 4 +"]},{"stdin":"hello"}]}}\` |
| demand less of functions that no run reaches | \`{"schema_version":1,"validation":{"require":{"conclusive":"reached"}}}\` |
| hold runs against qemu too | \`{"schema_version":1,"run":{"exec":{"allow":[{"name":"qemu","program":"/usr/bin/qemu-mipsel"}]}},"validation":{"reference":{"program":"qemu"}}}\` |
| see what would be published | \`{"schema_version":1,"run":{"skip_tags":["apply_side_effect"]}}\` |
| ask a person before it is published | \`{"schema_version":1,"run":{"gates":{"manual":["publish"],"approvers":["alice"]}}}\` |
| keep a token out of all that is written | \`{"schema_version":1,"run":{"secrets":["SERVICE_TOKEN"]}}\` |

`;

interface Node {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

interface Key {
  readonly path: string;
  readonly node: Node;
}

/** The text of docs/config.md. @throws for a key without a description or an example, and for an example that is wrong */
export function configPage(): string {
  const { $defs = {}, ...top } = z.toJSONSchema(ConfigManifest, { io: "input" }) as Node & {
    $defs?: Record<string, Node>;
  };
  const resolved = (node: Node): Node => {
    const target = node.$ref === undefined ? undefined : $defs[node.$ref.slice("#/$defs/".length)];
    return target === undefined ? node : { ...target, ...node };
  };
  const keysOf = (node: Node, above: string): Key[] =>
    Object.entries(resolved(node).properties ?? {}).flatMap(([name, child]) => {
      const path = above + name;
      const each = resolved(child);
      const within = each.items === undefined ? [] : keysOf(each.items, `${path}[].`);
      return [{ path, node: each }, ...within, ...keysOf(each, `${path}.`)];
    });
  const keys = keysOf(top, "");
  expectExamples(keys);
  const rows = keys.map(({ path, node }) => [
    code(path),
    described(path, node),
    typeOf(node, resolved),
    node.default === undefined || node.properties !== undefined ? "" : code(JSON.stringify(node.default)),
    (node.examples ?? []).map((example) => code(JSON.stringify(example))).join(" "),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return `${HEAD}## Keys\n\n${line(["key", "what it says", "value", "default", "example"])}|---|---|---|---|---|\n${rows.map(line).join("")}`;
}

function described(path: string, { description }: Node): string {
  if (description !== undefined) return description;
  throw new Error(`config manifest, ${path}: expected a description, found none; add one with .meta({ description })`);
}

function typeOf(node: Node, resolved: (node: Node) => Node): string {
  const { const: only, enum: choices, anyOf, oneOf, items, type, properties } = resolved(node);
  if (only !== undefined) return code(JSON.stringify(only));
  if (choices !== undefined) return choices.map((choice) => code(JSON.stringify(choice))).join(", ");
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) return alternatives.map((each) => typeOf(each, resolved)).join(" or ");
  if (items !== undefined) return `list of ${typeOf(items, resolved)}${rangeOf(node.minItems, node.maxItems)}`;
  if (properties !== undefined) return `object of ${Object.keys(properties).map(code).join(", ")}`;
  if (type === "integer" || type === "number") return `whole number${rangeOf(node.minimum, node.maximum)}`;
  return type === "string" ? "text" : (type ?? "any value");
}

/** A bound that is only what a number can hold says nothing. */
function rangeOf(least: number | undefined, most: number | undefined): string {
  const isBound = most !== undefined && most < Number.MAX_SAFE_INTEGER;
  if (isBound) return least === undefined ? `, at most ${most}` : `, ${least} to ${most}`;
  return least === undefined || least <= Number.MIN_SAFE_INTEGER ? "" : `, at least ${least}`;
}

/** Every key outside lists has one, and together they are a config. */
function expectExamples(keys: readonly Key[]): void {
  const document: Record<string, unknown> = {};
  for (const { path, node } of keys) {
    if (path.includes("[]") || node.properties !== undefined) continue;
    const [example] = node.examples ?? [];
    if (example === undefined) {
      throw new Error(`config manifest, ${path}: expected an example, found none; add one with .meta({ examples })`);
    }
    const names = path.split(".");
    let object = document;
    for (const name of names.slice(0, -1)) {
      object[name] ??= {};
      object = object[name] as Record<string, unknown>;
    }
    object[names.at(-1) as string] = example;
  }
  ConfigManifest.parse(document);
}

function code(text: string): string {
  return `\`${text}\``;
}
