/** Holds a module's memory to less than it declares, so that neither the guest nor the module's own code gets more. */

import { RecompilerError } from "../errors.ts";
import { ByteWriter } from "../wasm/bytes.ts";
import { SECTION } from "../wasm/opcodes.ts";
import { WasmReader } from "../wasm/reader.ts";
import { WASM_PAGE } from "./memory.ts";

const PREAMBLE_BYTES = 8;
const HAS_MAXIMUM = 1;

const MEBIBYTE = 1 << 20;

/**
 * The module with at most so much memory; the same where it declares no more.
 *
 * @param module as `expectLinkedModule` lets it pass: with one memory that has a maximum
 * @throws RecompilerError `memory_limit` where the program does not even begin with so little
 */
export function withMemoryLimit(module: Uint8Array, bytes: number): Uint8Array {
  const most = Math.floor(bytes / WASM_PAGE);
  const reader = new WasmReader(module, PREAMBLE_BYTES);
  while (!reader.isAtEnd) {
    const start = reader.position;
    const id = reader.byte();
    const size = reader.unsigned();
    const end = reader.position + size;
    if (id === SECTION.memory) {
      const section = new WasmReader(module, reader.position, end);
      const count = section.unsigned();
      section.byte();
      const [minimum, maximum] = [section.unsigned(), section.unsigned()];
      if (minimum > most) {
        throw new RecompilerError(
          "memory_limit",
          `program memory: expected a limit of at least ${Math.ceil((minimum * WASM_PAGE) / MEBIBYTE)} MiB, for image and ` +
            `stack, found ${bytes / MEBIBYTE} MiB; raise it`,
        );
      }
      if (maximum <= most) return module;
      const limited = new ByteWriter();
      for (const value of [count, HAS_MAXIMUM, minimum, most]) limited.unsigned(value);
      const body = limited.finish();
      const head = new ByteWriter();
      head.byte(SECTION.memory);
      head.unsigned(body.length);
      return Buffer.concat([module.subarray(0, start), head.finish(), body, module.subarray(end)]);
    }
    reader.skip(size);
  }
  return module;
}
