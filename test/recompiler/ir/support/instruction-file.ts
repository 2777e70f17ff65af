/**
 * Files that say what instructions mean: under the code of each, the IR that its row builds and, behind a blank line, the
 * WebAssembly that comes of it. The first line is as that of other file tests.
 *
 * ```
 * big base 0x0
 *
 * == addu v0, a0, a1
 * %0 = get $a0
 * %1 = get $a1
 * %2 = i32.add %0, %1
 * set $v0, %2
 *
 * global.get $a0; global.get $a1; i32.add; global.set $v0
 * ```
 *
 * A title may hold several instructions, such as one with its delay slot. What follows it is `jr ra`, and before that, where the
 * code names the label `.there`, an instruction to jump over. `.callee` is another function.
 */

import { PASSES } from "../../../../shared/recompiler/ir/passes/index.ts";
import { printFunction } from "../../../../shared/recompiler/ir/print.ts";
import { emitFunction } from "../../../../shared/recompiler/lift/emit/emit.ts";
import { shapeOf } from "../../../../shared/recompiler/lift/shape.ts";
import { disassembleBody } from "./disassemble.ts";
import { assertVerified, buildMips, type FileTest, type Section } from "./file-test.ts";

const WIDTH = 120;
const OVER = ["addiu t8, t8, 1", ".there:"];
/** Nothing, and no code for it. */
const SLOT = "sync 0";
const RETURN = ["jr ra", SLOT];

/** The instruction that a title is about. */
export const mnemonicOf = (title: string): string => title.split(" ")[0]!;

export const runInstructionFile = (test: FileTest): Section[] =>
  test.sections.map(({ name }) => ({ name, text: meaningOf(test, name) }));

function meaningOf({ endianness, base, use }: FileTest, title: string): string {
  const frame = title.includes(".there") ? [...OVER, ...RETURN] : RETURN;
  let fn = buildMips([...title.split("; "), ...frame].join("\n"), endianness, use);
  assertVerified(fn, title);
  const ir = irText(printFunction(fn));
  for (const pass of PASSES) {
    fn = pass.run(fn, { base });
    assertVerified(fn, `${title}, ${pass.name}`);
  }
  const shape = shapeOf(use);
  const wasm = wasmText(disassembleBody(emitFunction(fn, shape), shape));
  return ir === "" && wasm === "" ? "nothing\n" : `${ir}\n\n${wasm}\n`;
}

/** Of straight code what it does alone, without the block around it. */
function irText(printed: string): string {
  const [, , ...blocks] = printed.trimEnd().split("\n\n");
  if (blocks.length > 1) return blocks.join("\n");
  return blocks[0]!
    .split("\n")
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== "return")
    .join("\n");
}

/** One instruction behind the other, in lines that are not too long. The way back at the end is left out. */
function wasmText(body: string): string {
  const code = body
    .trimEnd()
    .split("\n")
    .map((line) => line.trim());
  const end = code.slice(-3).join() === "return,unreachable,end" ? -3 : code.length;
  const lines: string[] = [];
  for (const instruction of code.slice(0, end)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + instruction.length + 2 <= WIDTH)
      lines.push(`${lines.pop()}; ${instruction}`);
    else lines.push(instruction);
  }
  return lines.join(";\n");
}
