import type { Path } from "../jsonpath/syntax.ts";

export type Argument =
  | Call
  | { readonly kind: "path"; readonly path: Path }
  | { readonly kind: "literal"; readonly value: number | boolean | null }
  /** `template` keeps the backslashes before braces, which States.Format reads. */
  | { readonly kind: "string"; readonly value: string; readonly template: string };

export interface Call {
  readonly kind: "call";
  readonly name: string;
  readonly arguments: readonly Argument[];
}
