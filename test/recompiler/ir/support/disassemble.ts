/** A body as the IR's tests show it: what depends on the program around it by address. */

import type { EmittedBody } from "../../../../shared/recompiler/lift/emit/emit.ts";
import type { ModuleShape } from "../../../../shared/recompiler/lift/shape.ts";
import { hex } from "../../../../shared/recompiler/machine.ts";
import { REGISTER_NAMES } from "../../../../shared/recompiler/register-file.ts";
import { linesOfBody } from "../../../../shared/recompiler/wasm/print.ts";

/** @param shape that names globals and host functions; without it they are numbers */
export function disassembleBody({ bytes, relocations }: EmittedBody, shape?: ModuleShape): string {
  const leftOut = new Map(relocations.map(({ at, kind, address }) => [at, kind === "table" ? "table" : hex(address)]));
  const lines = linesOfBody(bytes, {
    leftOutAt: (position) => {
      const name = leftOut.get(position);
      return name === undefined ? undefined : `<${name}>`;
    },
    globalName: (index) => registerName(shape?.globals[index]?.name),
    functionName: (index) => shape?.hostFunctions[index],
  });
  return `${lines.map(({ text }) => text).join("\n")}\n`;
}

/** `r4` is `a0`. */
function registerName(global: string | undefined): string | undefined {
  const [, number] = /^r(\d+)$/.exec(global ?? "") ?? [];
  return number === undefined ? global : REGISTER_NAMES[Number(number)];
}
