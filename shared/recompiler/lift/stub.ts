/** What stands in for a function that was not lifted. */

import { TRAP_CODES } from "../machine.ts";
import type { GuestFunction } from "../program.ts";
import { ByteWriter } from "../wasm/bytes.ts";
import { OP } from "../wasm/opcodes.ts";
import { HOST_FUNCTION } from "./shape.ts";

/** A body, without its size, that traps as `unlifted` at the function's address. */
export function stubBody({ address }: GuestFunction): Uint8Array {
  const body = new ByteWriter();
  body.unsigned(0);
  body.byte(OP.i32Const);
  body.signed(TRAP_CODES.unlifted);
  body.byte(OP.i32Const);
  body.signed(address);
  body.byte(OP.call);
  body.unsigned(HOST_FUNCTION.trap);
  body.byte(OP.end);
  return body.finish();
}
