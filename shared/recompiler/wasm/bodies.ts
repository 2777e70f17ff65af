/** Where the bodies of a module's functions lie in its bytes. */

import { SECTION } from "./opcodes.ts";
import { WasmReader } from "./reader.ts";

/** The bytes of a body, its size before it left out: `[start, end)`. */
export interface BodyExtent {
  readonly start: number;
  readonly end: number;
}

const HEADER_BYTES = 8;

/**
 * In the order of the functions that the module defines itself; none where it has no code.
 * @throws RecompilerError `module_malformed`
 */
export function bodyExtents(module: Uint8Array): BodyExtent[] {
  const reader = new WasmReader(module, HEADER_BYTES);
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const size = reader.unsigned();
    if (id !== SECTION.code) {
      reader.skip(size);
      continue;
    }
    return Array.from({ length: reader.unsigned() }, () => {
      const length = reader.unsigned();
      const start = reader.position;
      reader.skip(length);
      return { start, end: reader.position };
    });
  }
  return [];
}
