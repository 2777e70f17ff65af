/** Loads and stores. Those of more than a byte trap on a misaligned address; addresses beyond memory trap by themselves. */

import { IR } from "../../ir/opcodes.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";

function load(op: number, bytes: 1 | 2 | 4): Semantics {
  return (b, { rs, rt, immediate }) => {
    const base = b.get(rs);
    if (bytes > 1) b.check(base, immediate, bytes);
    b.set(rt, b.load(op, base, immediate));
  };
}

function store(op: number, bytes: 1 | 2 | 4): Semantics {
  return (b, { rs, rt, immediate }) => {
    const base = b.get(rs);
    if (bytes > 1) b.check(base, immediate, bytes);
    b.store(op, base, immediate, b.get(rt));
  };
}

/** The register's bytes that the word's part does not reach are kept. */
function loadPart(op: number): Semantics {
  return (b, { rs, rt, immediate }) => b.set(rt, b.loadInto(op, b.get(rs), immediate, b.get(rt)));
}

function storePart(op: number): Semantics {
  return (b, { rs, rt, immediate }) => b.store(op, b.get(rs), immediate, b.get(rt));
}

const storeWord = store(IR["guest.store32"], 4);

export const MEMORY = {
  lb: load(IR["guest.load8_s"], 1),
  lbu: load(IR["guest.load8_u"], 1),
  lh: load(IR["guest.load16_s"], 2),
  lhu: load(IR["guest.load16_u"], 2),
  lw: load(IR["guest.load32"], 4),
  ll: load(IR["guest.load32"], 4),
  sb: store(IR["guest.store8"], 1),
  sh: store(IR["guest.store16"], 2),
  sw: storeWord,
  /** One thread, so nothing comes between `ll` and `sc`: the store is done and reported done. */
  sc: (b, instruction) => {
    storeWord(b, instruction);
    b.set(instruction.rt, b.constant(1));
  },
  lwl: loadPart(IR["guest.load_left"]),
  lwr: loadPart(IR["guest.load_right"]),
  swl: storePart(IR["guest.store_left"]),
  swr: storePart(IR["guest.store_right"]),
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
