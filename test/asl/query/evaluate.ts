import { compileChoice } from "../../../shared/asl/query/choice/compile.ts";
import { compileJsonata } from "../../../shared/asl/query/jsonata/template.ts";
import { compileResultPath } from "../../../shared/asl/query/result-path.ts";
import type { Scope } from "../../../shared/asl/query/scope.ts";
import { compileTemplate } from "../../../shared/asl/query/template.ts";

// Compile and run in one call.

export function applyResultPath(path: string | null | undefined, input: unknown, result: unknown): unknown {
  return compileResultPath(path)(input, result);
}

export function evaluateTemplate(template: unknown, scope: Scope): unknown {
  return compileTemplate(template)(scope);
}

export function evaluateChoice(rules: readonly unknown[], scope: Scope): number | undefined {
  return compileChoice(rules)(scope);
}

export function evaluateJsonata(template: unknown, scope: Scope, field: string): unknown {
  return compileJsonata(template, field)(scope);
}
