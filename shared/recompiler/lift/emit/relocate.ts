/** Puts the numbers of one program into a body. */

import { ByteWriter } from "../../wasm/bytes.ts";
import type { EmittedBody } from "./emit.ts";
import type { Relocation } from "./writer.ts";

/** @param numberOf a function's number in the module, or the table's start */
export function relocate(
  { bytes, relocations }: EmittedBody,
  numberOf: (relocation: Relocation) => number,
): Uint8Array {
  if (relocations.length === 0) return bytes;
  const body = new ByteWriter(bytes.length + 5 * relocations.length);
  let from = 0;
  for (const relocation of relocations) {
    body.bytes(bytes.subarray(from, relocation.at));
    if (relocation.kind === "table") body.signed(numberOf(relocation));
    else body.unsigned(numberOf(relocation));
    from = relocation.at;
  }
  body.bytes(bytes.subarray(from));
  return body.finish();
}
