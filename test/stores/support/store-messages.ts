/** What the parent of a store process asks of it. */
export interface Question {
  readonly id: number;
  /** One of its actions. */
  readonly action: string;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly error: { readonly name: string; readonly message: string; readonly details: unknown };
    }
  | { readonly acknowledged: readonly string[] };
