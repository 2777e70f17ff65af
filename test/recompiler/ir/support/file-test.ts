/**
 * Tests that are text: a file starts with MIPS code or with a function in the IR, and says what it is after each of the
 * stages it names.
 *
 * ```
 * big base 0x0
 *
 * == mips
 * lw v0, 4(a0)
 * jr ra
 * nop
 *
 * == build
 * function 0x00400000 main big
 * ...
 * == wasm
 * ...
 * ```
 *
 * The first line is the byte order and where linear memory starts; `float 64 legacy plain` and its like say how the program
 * uses the floating-point unit, `link` and `cycles` that it uses those. Behind `mips` come `build`, passes by their names in
 * the order in which they run (those between run too), and `wasm`. Behind `ir` come passes, each of which alone is run
 * on what the one before gave, and `wasm`. Lines before the first section that start with `;` say what it is about.
 */

import type { IrFunction } from "../../../../shared/recompiler/ir/function.ts";
import { parseFunction } from "../../../../shared/recompiler/ir/parse.ts";
import { PASSES } from "../../../../shared/recompiler/ir/passes/index.ts";
import { printFunction } from "../../../../shared/recompiler/ir/print.ts";
import { verifyFunction } from "../../../../shared/recompiler/ir/verify.ts";
import { emitFunction } from "../../../../shared/recompiler/lift/emit/emit.ts";
import { buildGraph } from "../../../../shared/recompiler/lift/function.ts";
import { shapeOf } from "../../../../shared/recompiler/lift/shape.ts";
import type { FloatControl, MachineUse } from "../../../../shared/recompiler/lift/use.ts";
import type { Endianness } from "../../../../shared/recompiler/machine.ts";
import { buildControlFlow } from "../../../../shared/recompiler/mips/control-flow.ts";
import type { Line } from "../../lift/support/assemble.ts";
import { program } from "../../lift/support/guest.ts";
import { disassembleBody } from "./disassemble.ts";

export function assertVerified(fn: IrFunction, after: string): void {
  const problems = verifyFunction(fn);
  if (problems.length > 0) throw new Error(`after ${after}:\n${problems.join("\n")}\n${printFunction(fn)}`);
}

export interface Section {
  readonly name: string;
  readonly text: string;
}

export interface FileTest {
  readonly head: string;
  readonly endianness: Endianness;
  readonly base: number;
  readonly use: MachineUse;
  readonly sections: readonly Section[];
}

export function readFileTest(text: string): FileTest {
  const [head = "", ...rest] = text.split(/^== /m);
  const options = head.split("\n").find((line) => line !== "" && !line.startsWith(";")) ?? "";
  const [, endianness, base, bits, nan, control, link, cycles] =
    /^(big|little) base (0x[0-9a-f]+)(?: float (32|64) (legacy|2008) (plain|moded|observed))?( link)?( cycles)?$/.exec(
      options,
    ) ?? [];
  if (endianness === undefined) throw new Error(`expected "big base 0x0" or its like, found "${options}"`);
  const sections = rest.map((section) => {
    const end = section.indexOf("\n");
    return { name: section.slice(0, end).trim(), text: `${section.slice(end + 1).trim()}\n` };
  });
  const use: MachineUse = {
    ...(bits !== undefined && {
      float: { registerBits: bits === "64" ? 64 : 32, isNan2008: nan === "2008", control: control as FloatControl },
    }),
    hasLink: link !== undefined,
    hasCycles: cycles !== undefined,
  };
  return { head, endianness: endianness as Endianness, base: Number(base), use, sections };
}

export function writeFileTest(test: FileTest, sections: readonly Section[]): string {
  return `${test.head.trim()}\n\n${sections.map(({ name, text }) => `== ${name}\n${text}`).join("\n")}`;
}

/** What the stages give that a test names, its first section as it is. Each is verified, and reads back as it was. */
export function runFileTest({ endianness, base, use, sections }: FileTest): Section[] {
  const [first, ...stages] = sections;
  if (first === undefined) throw new Error("expected a section, found none");
  let fn = first.name === "mips" ? buildMips(first.text, endianness, use) : parseFunction(first.text);
  assertVerified(fn, first.name);
  let passed = 0;
  const results = stages.map(({ name }) => {
    if (name === "wasm") {
      if (first.name === "mips") while (passed < PASSES.length) runPass();
      return { name, text: disassembleBody(emitFunction(fn, shapeOf(use))) };
    }
    if (name !== "build") {
      const position = PASSES.findIndex((pass) => pass.name === name);
      if (position === -1)
        throw new Error(`no pass is called "${name}": ${PASSES.map((pass) => pass.name).join(", ")}`);
      if (first.name === "ir") passed = position;
      while (passed <= position) runPass();
    }
    const text = printFunction(fn);
    if (printFunction(parseFunction(text)) !== text) throw new Error(`does not read back as it was:\n${text}`);
    return { name, text };
  });
  return [first, ...results];

  function runPass(): void {
    const pass = PASSES[passed++]!;
    fn = pass.run(fn, { base });
    assertVerified(fn, pass.name);
  }
}

export function buildMips(text: string, endianness: Endianness, use: MachineUse): IrFunction {
  const lines = text.split("\n").flatMap((line): Line[] => {
    const code = line.replace(/;.*$/, "").trim();
    if (code === "") return [];
    if (code.startsWith(".")) return [code as Line];
    const [mnemonic, ...operands] = code.split(/[\s,()]+/).filter((each) => each !== "");
    const values = operands.map((each) => (/^-?(0x)?[0-9]/.test(each) ? Number(each) : each));
    return [[mnemonic, ...values] as unknown as Line];
  });
  const callee: readonly Line[] = [["jr", "ra"], ["nop"]];
  const { image, functions } = program({ main: lines, callee }, { endianness });
  const main = functions[0]!;
  const graph = buildControlFlow(image, main, functions);
  return buildGraph(graph, image, use, (address) => functions.some((each) => each.address === address)).fn;
}
