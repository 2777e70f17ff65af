import { describe, expect, it } from "vitest";
import { FUEL_EXPORT, meterModule } from "../../../shared/recompiler/validation/meter.ts";
import { assemble } from "../programs/assemble.ts";

interface Metered {
  readonly fuel: WebAssembly.Global;
  readonly run: (...values: number[]) => number;
}

function metered(text: string): Metered {
  const bytes = meterModule(assemble(text));
  const host = { env: { limit: new WebAssembly.Global({ value: "i32", mutable: false }, 3), note() {} } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), host);
  return { fuel: exports[FUEL_EXPORT] as WebAssembly.Global, run: (exports.functions as WebAssembly.Table).get(0) };
}

/** Metered functions are found in the table. */
const TABLE = `(table (export "functions") 1 1 funcref) (elem (i32.const 0) $run)`;

const withGlobal = (body: string): string =>
  `(module (global $g (export "g") (mut i32) (i32.const 0)) (memory 1) ${TABLE} ${body})`;

/** Sums 1 to n by a loop around a `br_table`, with constants, loads and calls on the way. */
const SUM = withGlobal(`
  (func $add (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func $run (export "run") (param $n i32) (result i32) (local $sum i32) (local $x f64)
    (local.set $x (f64.const 1.5))
    (loop $on
      (block $zero (block $other (br_table $zero $other (local.get $n))) 
        (i32.store offset=8 (i32.const 0) (local.get $sum))
        (local.set $sum (call $add (i32.load offset=8 (i32.const 0)) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $on)))
    (drop (i64.const -9223372036854775808))
    (local.get $sum))`);

describe("metering", () => {
  it("changes nothing about what the code does", () => {
    const { fuel, run } = metered(SUM);
    fuel.value = 1_000_000;
    expect([0, 1, 10, 1000].map((n) => run(n))).toEqual([0, 1, 55, 500500]);
  });

  it("exports no functions, for an engine makes an object of each", () => {
    const module = new WebAssembly.Module(meterModule(assemble(SUM)));
    expect(WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "global g",
      "table functions",
      `global ${FUEL_EXPORT}`,
    ]);
  });

  it("takes one unit for each function entered and each pass through a loop", () => {
    const { fuel, run } = metered(SUM);
    fuel.value = 1000;
    run(10);
    // Entered once, eleven passes, ten additions.
    expect(1000 - fuel.value).toBe(1 + 11 + 10);
  });

  it.each<[string, string]>([
    ["an endless loop", `(func $run (export "run") (loop $on (br $on)))`],
    ["an endless loop inside a block", `(func $run (export "run") (block (loop $on (loop $in (br $on)))))`],
    ["an endless recursion", `(func $run (export "run") (call $run))`],
  ])("ends %s when the fuel is used up", (_, body) => {
    const { fuel, run } = metered(withGlobal(body));
    fuel.value = 500;
    expect(() => run()).toThrow(WebAssembly.RuntimeError);
    expect(fuel.value).toBe(0);
  });

  it("ends tail calls that never end", () => {
    const { fuel, run } = metered(withGlobal(`(func $run (export "run") (return_call $run))`));
    fuel.value = 100_000;
    expect(() => run()).toThrow(WebAssembly.RuntimeError);
    expect(fuel.value).toBe(0);
  });

  it("counts imported globals, of which it makes none its own", () => {
    const { fuel, run } = metered(`(module
      (import "env" "limit" (global $limit i32))
      (import "env" "note" (func $note))
      (global $g (export "g") (mut i32) (i32.const 5))
      (func $run (export "run") (result i32) (call $note) (i32.add (global.get $limit) (global.get $g)))
      ${TABLE})`);
    fuel.value = 10;
    expect([run(), fuel.value]).toEqual([8, 9]);
  });

  it.each<[string, Uint8Array, string]>([
    ["what is no module", Uint8Array.of(1, 2, 3), "there are no globals or no exports"],
    ["a module without globals", assemble(`(module (func (export "run")))`), "there are no globals or no exports"],
    ["a module cut short", meterModule(assemble(SUM)).slice(0, 60), "a section ends too early"],
  ])("refuses %s", (_, bytes, problem) => {
    expect(() => meterModule(bytes)).toThrow(problem);
  });
});
