/** Guest programs with hand-written WebAssembly beside them, to be tested. */

import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { type TraceRun, traceProgram } from "../../../shared/recompiler/oracle/trace.ts";
import { loadImage } from "../../../shared/recompiler/runtime/memory.ts";
import type { TestSettings } from "../../../shared/recompiler/validation/bench.ts";
import type { FunctionTest } from "../../../shared/recompiler/validation/function-test.ts";
import { type TestRequest, testFunctions } from "../../../shared/recompiler/validation/test-functions.ts";
import type { Line } from "../lift/support/assemble.ts";
import { CODE, MEMORY, program } from "../lift/support/guest.ts";
import { handWrittenModule } from "../programs/module.ts";

export type { Line } from "../lift/support/assemble.ts";
export { CODE, MEMORY } from "../lift/support/guest.ts";

/** A function in both languages. */
export interface Twin {
  readonly guest: readonly Line[];
  /** The body in WebAssembly text; `{{name}}` is a function's address. */
  readonly lifted: string;
}

export interface TwinOptions {
  readonly endianness?: Endianness;
  /** Runs the program from its first function and tests with what is captured. */
  readonly trace?: Partial<TraceRun>;
  readonly settings?: Partial<TestSettings>;
  readonly subjects?: readonly string[];
}

export function requestFor(twins: Readonly<Record<string, Twin>>, options: TwinOptions = {}): TestRequest {
  const sources = Object.fromEntries(Object.entries(twins).map(([name, { guest }]) => [name, guest]));
  const { image, layout, functions } = program(sources, { endianness: options.endianness ?? "big" });
  const addressOf = new Map(functions.map(({ name, address }) => [name, address]));
  const loaded = new Uint8Array(loadImage(image, layout).buffer);
  const module = handWrittenModule({
    layout,
    functions: functions.map(({ name, address }) => ({
      name,
      address,
      body: twins[name]!.lifted.replaceAll(/\{\{(\w+)\}\}/g, (_, other: string) => String(addressOf.get(other))),
    })),
    content: [[CODE, loaded.slice(CODE, MEMORY)]],
  });
  const captures =
    options.trace === undefined
      ? []
      : traceProgram(image, functions, layout, {
          args: ["program"],
          maxInstructions: 100_000,
          capturesPerFunction: 4,
          ...options.trace,
        }).captures;
  const subjects = options.subjects?.map((name) => functions.find((each) => each.name === name)!);
  return {
    image,
    layout,
    module,
    functions,
    captures,
    settings: { seed: "test", randomStates: 100, maxInstructions: 2000, ...options.settings },
    ...(subjects === undefined ? {} : { subjects }),
  };
}

export function testTwins(
  twins: Readonly<Record<string, Twin>>,
  options: TwinOptions = {},
): Record<string, FunctionTest> {
  const tests = testFunctions(requestFor(twins, options));
  return Object.fromEntries(tests.map((test) => [test.name, test]));
}

/** Pieces of WebAssembly text. */
export const get = (register: number): string => `(global.get $r${register})`;
export const set = (register: number, value: string): string => `(global.set $r${register} ${value})`;
export const constant = (value: number): string => `(i32.const ${value})`;
export const trap = (code: number, address = 0): string => `(call $trap (i32.const ${code}) (i32.const ${address}))`;

/** `address_error` unless the register, plus an offset, is a multiple of 4. */
export const checkAligned = (register: number): string =>
  `(if (i32.and ${get(register)} (i32.const 3)) (then ${trap(2)}))`;
