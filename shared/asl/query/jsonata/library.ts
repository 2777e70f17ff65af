import { makeLibrary } from "./library-source.ts";
import type { LibraryBounds } from "./limits.ts";
import { createMeter, type Meter } from "./meter.ts";

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

type Jsonata = (text: string, bounds?: LibraryBounds) => LibraryExpression;

/** Counts the steps of whatever the library does, compiling and evaluating. */
export const meter: Meter = createMeter();

let loaded: Jsonata | undefined;

/**
 * The `jsonata` package with its `async` and `await` taken out. Everything an expression can call here is synchronous,
 * so each promise of the original only defers a value that is already there. Without them an evaluation costs a
 * fraction, needs no turn of the event loop, and counts its depth exactly; with them, the entries of one object or array
 * count as nested. And its steps are counted: see `meter`.
 *
 * `library-source.ts` is made from the package by `npm run jsonata`.
 */
export function loadLibrary(): Jsonata {
  loaded ??= makeLibrary(meter) as Jsonata;
  return loaded;
}
