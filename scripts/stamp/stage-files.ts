/** The word cannot name a variable. */
const RESERVED = new Set(["package"]);

/**
 * What follows from the stages' names alone: the table of what each does, and a Lambda handler each.
 * @param names as they are declared, such as `validation_gate`: its stage is `validationGate` of `shared/stages/validation-gate.ts`
 * @returns text of each file, by its path from the project's root
 */
export function stageFiles(names: readonly string[]): ReadonlyMap<string, string> {
  const handlers = names.map((name) => [handlerPath(name), handler(name)] as const);
  return new Map([["shared/stages/implementations.ts", implementations(names)], ...handlers]);
}

/** A function's folder holds its handler. */
export function handlerPath(name: string): string {
  return `functions/${fileOf(name)}/handler.ts`;
}

const GENERATED = "// Written by npm run stamp.";

/** Whether a file's text is one of these. */
export function isGenerated(text: string): boolean {
  return text.startsWith(GENERATED);
}

function handler(name: string): string {
  return `${GENERATED}
import { ${stageOf(name)} } from "../../shared/stages/${fileOf(name)}.ts";
import { defineHandler } from "../define-handler.ts";

export const handler = defineHandler(${stageOf(name)});
`;
}

function implementations(names: readonly string[]): string {
  const imports = names.map((name) => `import { ${stageOf(name)} } from "./${fileOf(name)}.ts";`);
  const fields = names.map((name) => (stageOf(name) === name ? `  ${name},` : `  ${name}: ${stageOf(name)},`));
  return `${GENERATED}
import type { Stage } from "../kernel/stage.ts";
${[...imports, 'import type { StageName } from "./declarations.ts";'].sort(byPath).join("\n")}

/** Every stage with what it does, for who carries them all out. A Lambda imports its own alone. */
export const STAGES = {
${fields.join("\n")}
} as unknown as { readonly [Name in StageName]: Stage };
`;
}

function byPath(a: string, b: string): number {
  const pathIn = (line: string) => line.slice(line.indexOf('"'));
  return pathIn(a) < pathIn(b) ? -1 : 1;
}

function fileOf(name: string): string {
  return name.replaceAll("_", "-");
}

function stageOf(name: string): string {
  const camel = name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
  return RESERVED.has(camel) ? `${camel}Stage` : camel;
}
