import { makeLibrary } from "./library-source.ts";

/** A node of the library's syntax tree; which fields it has depends on its type. */
export interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly [field: string]: unknown;
}

/** A compiled expression of the library, whose `evaluate` answers at once. */
export interface LibraryExpression {
  evaluate(input: unknown, bindings: Readonly<Record<string, unknown>>): unknown;
  assign(name: string | symbol, value: unknown): void;
  registerFunction(name: string, implementation: (...values: never[]) => unknown, signature: string): void;
  ast(): Node;
}

/** Bounds of one evaluation: milliseconds, nested evaluations, items of one sequence. */
export interface LibraryBounds {
  readonly timeout: number;
  readonly stack: number;
  readonly sequence?: number;
}

type Jsonata = (text: string, bounds?: LibraryBounds) => LibraryExpression;

let loaded: Jsonata | undefined;

/**
 * The `jsonata` package with its `async` and `await` taken out. Everything an expression can call here is synchronous,
 * so each promise of the original only defers a value that is already there. Without them an evaluation costs a
 * fraction, needs no turn of the event loop, can be stopped in the middle of a regular expression, and counts its
 * depth exactly; with them, the entries of one object or array count as nested.
 *
 * `library-source.ts` is made from the package by `npm run jsonata`.
 */
export function loadLibrary(): Jsonata {
  loaded ??= makeLibrary() as Jsonata;
  return loaded;
}
