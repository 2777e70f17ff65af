/** Loads and stores. Those of more than a byte trap on a misaligned address; addresses beyond memory trap by themselves. */

import { LINK } from "../../ir/cells.ts";
import { IR } from "../../ir/opcodes.ts";
import type { Mnemonic } from "../../mips/opcodes.ts";
import type { Semantics } from "./arithmetic.ts";
import type { LiftBuilder } from "./lift-builder.ts";

function load(op: number, bytes: 1 | 2 | 4): Semantics {
  return (b) => {
    const base = b.get("rs");
    if (bytes > 1) b.check(base, "immediate", bytes);
    b.set("rt", b.load(op, base, "immediate"));
  };
}

function store(op: number, bytes: 1 | 2 | 4): Semantics {
  return (b) => {
    const base = b.get("rs");
    if (bytes > 1) b.check(base, "immediate", bytes);
    b.store(op, base, "immediate", b.get("rt"));
  };
}

/** The register's bytes that the word's part does not reach are kept. */
function loadPart(op: number): Semantics {
  return (b) => b.set("rt", b.loadInto(op, b.get("rs"), "immediate", b.get("rt")));
}

function storePart(op: number): Semantics {
  return (b) => b.store(op, b.get("rs"), "immediate", b.get("rt"));
}

const loadWord = load(IR["guest.load32"], 4);

/** `ll` and `sc` name aligned words, so bit 0 is free to say that there is a link at all. */
function linkTo(b: LiftBuilder): number {
  return b.op(IR["i32.or"], b.op(IR["i32.add"], b.get("rs"), b.immediate()), b.constant(1));
}

/**
 * With one thread only the program itself breaks a link: by a system call or by `sc`. What fails stores the word that
 * is there, for it is an access either way.
 */
function storeConditional(b: LiftBuilder): void {
  const base = b.get("rs");
  b.check(base, "immediate", 4);
  const isLinked = b.op(IR["i32.eq"], b.getCell(LINK), linkTo(b));
  const before = b.load(IR["guest.load32"], base, "immediate");
  b.store(IR["guest.store32"], base, "immediate", b.op(IR["i32.select"], b.get("rt"), before, isLinked));
  b.setCell(LINK, b.constant(0));
  b.set("rt", isLinked);
}

export const MEMORY = {
  lb: load(IR["guest.load8_s"], 1),
  lbu: load(IR["guest.load8_u"], 1),
  lh: load(IR["guest.load16_s"], 2),
  lhu: load(IR["guest.load16_u"], 2),
  lw: loadWord,
  ll: (b) => {
    b.setCell(LINK, linkTo(b));
    loadWord(b);
  },
  sb: store(IR["guest.store8"], 1),
  sh: store(IR["guest.store16"], 2),
  sw: store(IR["guest.store32"], 4),
  sc: storeConditional,
  lwl: loadPart(IR["guest.load_left"]),
  lwr: loadPart(IR["guest.load_right"]),
  swl: storePart(IR["guest.store_left"]),
  swr: storePart(IR["guest.store_right"]),
} as const satisfies Partial<Record<Mnemonic, Semantics>>;
