/** Puts the numbers of one program into a body. */

import { ByteWriter } from "../../wasm/bytes.ts";
import type { EmittedBody } from "./emit.ts";
import type { CodeOrigin, Relocation } from "./writer.ts";

export interface RelocatedBody {
  readonly body: Uint8Array;
  /** Where the emitted body has them. */
  readonly origins?: readonly CodeOrigin[];
}

/** @param numberOf a function's number in the module, or the table's start */
export function relocate(
  { bytes, relocations, origins }: EmittedBody,
  numberOf: (relocation: Relocation) => number,
): RelocatedBody {
  if (relocations.length === 0) return { body: bytes, ...(origins && { origins }) };
  const body = new ByteWriter(bytes.length + 5 * relocations.length);
  let from = 0;
  /** Of each relocation, the bytes put in up to it. */
  const added: number[] = [];
  for (const relocation of relocations) {
    body.bytes(bytes.subarray(from, relocation.at));
    if (relocation.kind === "table") body.signed(numberOf(relocation));
    else body.unsigned(numberOf(relocation));
    from = relocation.at;
    added.push(body.length - from);
  }
  body.bytes(bytes.subarray(from));
  if (origins === undefined) return { body: body.finish() };
  let passed = 0;
  const moved = origins.map(({ at, address }) => {
    while (passed < relocations.length && relocations[passed]!.at <= at) passed += 1;
    return { at: at + (added[passed - 1] ?? 0), address };
  });
  return { body: body.finish(), origins: moved };
}
