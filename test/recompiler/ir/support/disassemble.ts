/** A body as the IR's tests show it: what depends on the program around it by address. */

import type { EmittedBody } from "../../../../shared/recompiler/lift/emit/emit.ts";
import { hex } from "../../../../shared/recompiler/machine.ts";
import { linesOfBody } from "../../../../shared/recompiler/wasm/print.ts";

export function disassembleBody({ bytes, relocations }: EmittedBody): string {
  const leftOut = new Map(relocations.map(({ at, kind, address }) => [at, kind === "table" ? "table" : hex(address)]));
  const lines = linesOfBody(bytes, {
    leftOutAt: (position) => {
      const name = leftOut.get(position);
      return name === undefined ? undefined : `<${name}>`;
    },
  });
  return `${lines.map(({ text }) => text).join("\n")}\n`;
}
