import { hashText } from "../intrinsics/functions.ts";
import { javaRandom } from "../java/random.ts";
import type { Entropy } from "../scope.ts";
import { MemoryExceeded } from "./failure.ts";
import { type LibraryExpression, loadLibrary, meter } from "./library.ts";
import { bounds, longestRange } from "./limits.ts";

/** What the library passes as `this`. */
interface Focus {
  createSequence(): unknown[];
}

/** A built-in function as the library keeps it. */
interface NativeFunction {
  readonly implementation: (...values: unknown[]) => unknown;
}

interface StepFunction {
  readonly name: string;
  /** The library's notation for parameters and result. */
  readonly signature: string;
  readonly make: (entropy: () => Entropy) => (this: Focus, ...values: never[]) => unknown;
}

/**
 * What Step Functions adds to JSONata (AWS developer guide, transforming data), and the built-ins that read the clock
 * or draw numbers, which here take both from the execution.
 */
const stepFunctions: readonly StepFunction[] = [
  { name: "hash", signature: "<ss?:s>", make: () => hash },
  { name: "millis", signature: "<:n>", make: (entropy) => () => entropy().now().getTime() },
  { name: "now", signature: "<s?s?:s>", make: now },
  { name: "parse", signature: "<s:x>", make: () => parse },
  { name: "partition", signature: "<an:a>", make: () => partition },
  { name: "random", signature: "<n?:n>", make: random },
  { name: "range", signature: "<nnn?:a>", make: () => range },
  { name: "shuffle", signature: "<a:a>", make: shuffle },
  { name: "uuid", signature: "<:s>", make: (entropy) => () => entropy().uuid() },
];

/** Binds the functions to an expression; `$eval` becomes undefined, as Step Functions has it. */
export function bindStepFunctions(expression: LibraryExpression, entropy: () => Entropy): void {
  for (const { name, signature, make } of stepFunctions) expression.registerFunction(name, make(entropy), signature);
  expression.assign("eval", undefined);
}

/** Undefined without an algorithm, and an error for one that is not known. */
function hash(text: string | undefined, algorithm: string | undefined): string | undefined {
  if (text === undefined || algorithm === undefined) return undefined;
  meter.text(text);
  const digest = hashText(text, algorithm);
  if (digest === undefined) throw new TypeError(`Unsupported hash algorithm: ${algorithm}`);
  return digest;
}

function now(entropy: () => Entropy): (picture?: string, timezone?: string) => unknown {
  return (picture, timezone) => fromMillis().implementation(entropy().now().getTime(), picture, timezone);
}

let nativeFromMillis: NativeFunction | undefined;

function fromMillis(): NativeFunction {
  nativeFromMillis ??= loadLibrary()("$fromMillis", { stack: bounds.stack }).evaluate(undefined, {}) as NativeFunction;
  return nativeFromMillis;
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : meter.json.parse(text);
}

/** Undefined for an empty list or a size of zero; numbers are cut to whole ones. */
function partition(list: readonly unknown[] | undefined, size: number | undefined): unknown {
  const length = Math.trunc(size ?? 0);
  if (list === undefined || list.length === 0 || length === 0) return undefined;
  if (length < 0) throw new TypeError(`The chunk size of $partition must not be negative: ${length}`);
  meter.charge(list.length);
  const chunks: unknown[] = [];
  for (let start = 0; start < list.length; start += length) chunks.push(list.slice(start, start + length));
  return chunks;
}

function random(entropy: () => Entropy): (seed?: number) => number {
  return (seed) => (seed === undefined ? entropy().random() : javaRandom(Math.trunc(seed)).nextDouble());
}

/** A sequence, so that one number stands for itself; undefined without a step or if it leads away from the end. */
function range(this: Focus, first?: number, last?: number, step?: number): unknown {
  if (first === undefined || last === undefined || step === undefined) return undefined;
  const [start, stride] = [Math.trunc(first), Math.trunc(step)];
  const count = stride === 0 ? 0 : Math.floor((Math.trunc(last) - start) / stride) + 1;
  if (count > longestRange) throw new MemoryExceeded();
  meter.charge(count);
  const sequence = this.createSequence();
  for (let index = 0; index < count; index += 1) sequence.push(start + index * stride);
  return sequence;
}

/** Fisher and Yates, from the inside out. */
function shuffle(entropy: () => Entropy): (list?: readonly unknown[]) => unknown {
  return (list) => {
    if (list === undefined || list.length <= 1) return list;
    meter.charge(list.length);
    const shuffled: unknown[] = new Array(list.length);
    for (let index = 0; index < list.length; index += 1) {
      const other = Math.floor(entropy().random() * (index + 1));
      shuffled[index] = shuffled[other];
      shuffled[other] = list[index];
    }
    return shuffled;
  };
}
