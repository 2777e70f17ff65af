/** What every instruction of the table does, one row a mnemonic. */

import type { Mnemonic } from "../../mips/opcodes.ts";
import type { Semantics } from "../machine.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { CONTROL } from "./control.ts";
import { FLOAT_ARITHMETIC } from "./float-arithmetic.ts";
import { FLOAT_CONVERSIONS } from "./float-conversions.ts";
import { FLOAT_MOVES } from "./float-moves.ts";
import { MEMORY } from "./memory.ts";
import { MULTIPLICATION } from "./multiply.ts";
import { SHIFTS } from "./shift.ts";
import { SYSTEM } from "./system.ts";

export const SEMANTICS: Readonly<Record<Mnemonic, Semantics>> = {
  ...ARITHMETIC,
  ...SHIFTS,
  ...MULTIPLICATION,
  ...MEMORY,
  ...FLOAT_ARITHMETIC,
  ...FLOAT_CONVERSIONS,
  ...FLOAT_MOVES,
  ...CONTROL,
  ...SYSTEM,
};
