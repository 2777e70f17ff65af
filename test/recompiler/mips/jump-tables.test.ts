import { describe, expect, it } from "vitest";
import type { ProgramSource } from "./assemble.ts";
import { flowOf } from "./flow-of.ts";

const CASES = `
  zero:
    jr ra
    li v0,10
  one:
    jr ra
    li v0,11
  two:
    jr ra
    li v0,12
  three:
    jr ra
    li v0,13
  default:
    jr ra
    li v0,-1`;

const TABLE = `
  table:
    .word zero
    .word one
    .word two
    .word three
  strings:
    .word 0x68656c6c`;

const switches = (source: ProgramSource): string[] =>
  flowOf(source).lines.flatMap(
    (line) => /switch (.*?) \[/.exec(line)?.[1] ?? (/jump_indirect/.test(line) ? "unknown" : []),
  );

/** The entries of the tables found in a dispatch sequence that is followed by the cases. */
const entries = (dispatch: string, rodata = TABLE): string[] =>
  switches({ text: `start:\n${dispatch}\n${CASES}`, rodata });

const ALL = "zero one two three";

describe("a jump table", () => {
  it.each<[form: string, dispatch: string]>([
    [
      "bounded by sltiu and beqz",
      `sltiu v0,a0,4
       beqz v0,default
       sll a0,a0,2
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v0,a0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "whose low half is in the load",
      `sltiu v0,a0,4
       beqz v0,default
       sll a0,a0,2
       lui v0,%hi(table)
       addu v0,a0,v0
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
    [
      "bounded by bnez, the dispatch at the branch's target",
      `sltiu v0,a0,4
       bnez v0,dispatch
       sll a0,a0,2
       jr ra
       li v0,-1
     dispatch:
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v0,a0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "bounded the other way round: not above the last index",
      `li v1,3
       sltu v0,v1,a0
       bnez v0,default
       sll a0,a0,2
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v0,a0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "bounded by a likely branch",
      `sltiu v0,a0,4
       beqzl v0,default
       li v0,-1
       sll a0,a0,2
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v0,a0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "bounded some blocks earlier",
      `sltiu v0,a0,4
       beqz v0,default
       move s0,a0
       beqz a1,skip
       nop
       addiu a1,a1,1
     skip:
       sll s0,s0,2
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v0,s0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "whose cases do not begin at 0",
      `addiu a0,a0,-100
       sltiu v0,a0,4
       beqz v0,default
       sll a0,a0,2
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v0,a0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "indexed before the subtraction that the bound was checked after",
      `addiu v1,a0,-4
       sltiu v0,v1,4
       beqz v0,default
       sll a0,a0,2
       lui v0,%hi(table)
       addu v0,v0,a0
       addiu v0,v0,-16
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
    [
      "whose base is in a register from before a loop with a call",
      `lui s1,%hi(table)
       addiu s1,s1,%lo(table)
     loop:
       jal default
       nop
       sltiu v1,v0,4
       beqz v1,loop
       sll v0,v0,2
       addu v0,s1,v0
       lw v0,0(v0)
       jr v0
       nop`,
    ],
    [
      "whose index is spilled to the stack, as compilers do without optimising",
      `addiu sp,sp,-32
       sw a0,32(sp)
       lw v0,32(sp)
       nop
       sltiu v0,v0,4
       beqz v0,default
       nop
       lw v0,32(sp)
       nop
       sll v1,v0,2
       lui v0,%hi(table)
       addiu v0,v0,%lo(table)
       addu v0,v1,v0
       lw v0,0(v0)
       nop
       jr v0
       nop`,
    ],
    [
      "bounded by andi",
      `andi a0,a0,3
       sll a0,a0,2
       lui v0,%hi(table)
       addu v0,v0,a0
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
    [
      "bounded by a mask of the shifted index",
      `andi a0,a0,12
       lui v0,%hi(table)
       addu v0,v0,a0
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
    [
      "bounded by a bit field",
      `ext a0,a0,4,2
       sll a0,a0,2
       lui v0,%hi(table)
       addu v0,v0,a0
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
    [
      "bounded by a shift",
      `srl a0,a0,30
       sll a0,a0,2
       lui v0,%hi(table)
       addu v0,v0,a0
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
    [
      "without a bound, which ends where its words stop leading into the function",
      `sll a0,a0,2
       lui v0,%hi(table)
       addu v0,v0,a0
       lw v0,%lo(table)(v0)
       jr v0
       nop`,
    ],
  ])("is found: %s", (_form, dispatch) => {
    expect(entries(dispatch)).toEqual([ALL]);
  });

  it("has as many entries as its index can reach, though the table goes on", () => {
    const dispatch = `
      sltiu v0,a0,3
      beqz v0,default
      sll a0,a0,2
      lui v0,%hi(table)
      addu v0,v0,a0
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    expect(entries(dispatch)).toEqual(["zero one two"]);
  });

  it("ends, without a bound, where the code names the next object", () => {
    const dispatch = `
      lui v0,%hi(next)
      addiu v1,v0,%lo(next)
      sll a0,a0,2
      lui v0,%hi(table)
      addu v0,v0,a0
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    const rodata = "table:\n.word zero\n.word one\nnext:\n.word two\n.word three";
    expect(entries(dispatch, rodata)).toEqual(["zero one"]);
  });

  it("is shared by two jumps", () => {
    const dispatch = `
      lui s0,%hi(table)
      addiu s0,s0,%lo(table)
      beqz a1,second
      andi a0,a0,3
      sll a0,a0,2
      addu v0,s0,a0
      lw v0,0(v0)
      jr v0
      nop
    second:
      sltiu v0,a2,4
      beqz v0,default
      sll a2,a2,2
      addu v0,s0,a2
      lw v0,0(v0)
      jr v0
      nop`;
    expect(entries(dispatch)).toEqual([ALL, ALL]);
  });

  it("reaches code that holds another table", () => {
    const text = `
      start:
        sltiu v0,a0,2
        beqz v0,default
        sll a0,a0,2
        lui v0,%hi(outer)
        addu v0,v0,a0
        lw v0,%lo(outer)(v0)
        jr v0
        nop
      inner:
        sltiu v0,a1,4
        beqz v0,default
        sll a1,a1,2
        lui v0,%hi(table)
        addu v0,v0,a1
        lw v0,%lo(table)(v0)
        jr v0
        nop
      ${CASES}`;
    expect(switches({ text, rodata: `outer:\n.word inner\n.word default\n${TABLE}` })).toEqual(["inner default", ALL]);
  });

  it("of a computed goto is read at each of its jumps", () => {
    const jump = "lbu v0,0(a0)\naddiu a0,a0,1\nsll v0,v0,2\naddu v0,s0,v0\nlw v0,0(v0)\njr v0\nnop";
    const text = `start:
        lui s0,%hi(table)
        addiu s0,s0,%lo(table)
        ${jump}
      add:
        addiu v1,v1,1
        ${jump}
      double:
        addu v1,v1,v1
        ${jump}
      halt:
        jr ra
        move v0,v1`;
    const rodata = "table:\n.word add\n.word double\n.word halt\n.word 0x12345678";
    expect(switches({ text, rodata })).toEqual(["add double halt", "add double halt", "add double halt"]);
  });

  describe("of position-independent code", () => {
    const relative = "table:\n.word zero_gp\n.word one_gp\n.word two_gp\n.word three_gp";
    const gp = 0x00498000;
    /** Table words are distances from `gp`. */
    const distances = (text: string): string => {
      const { labels } = flowOf({ text, gp });
      return relative.replace(/(\w+)_gp/g, (_, name: string) => `0x${((labels.get(name)! - gp) >>> 0).toString(16)}`);
    };

    it.each<[form: string, dispatch: string]>([
      [
        "reaches its table through the offset table and adds gp to the entry",
        `lui gp,%hi(gp)
         addiu gp,gp,%lo(gp)
         sltiu v0,a0,4
         beqz v0,default
         sll a0,a0,2
         lw v0,-32768(gp)
         addu v0,v0,a0
         lw v0,0(v0)
         addu v0,v0,gp
         jr v0
         nop`,
      ],
      [
        "reloads gp from the frame after a call",
        `lui gp,%hi(gp)
         addiu gp,gp,%lo(gp)
         addiu sp,sp,-32
         sw gp,16(sp)
         jalr t9
         move s0,a0
         lw gp,16(sp)
         sltiu v0,s0,4
         beqz v0,default
         sll s0,s0,2
         lw v0,-32768(gp)
         addu v0,v0,s0
         lw v0,0(v0)
         addu v0,gp,v0
         jr v0
         nop`,
      ],
    ])("%s", (_form, dispatch) => {
      const text = `start:\n${dispatch}\n${CASES}`;
      // The global offset table begins 32 KiB below gp; its first word is the address of the table.
      expect(switches({ text, rodata: distances(text), data: ".word table", gp })).toEqual([ALL]);
    });

    it("is found without the file naming gp: functions compute it from their own address", () => {
      const text = `start:
          lui gp,10
          addiu gp,gp,-32768    # 0x498000 less the function's address
          addu gp,gp,t9
          andi a0,a0,3
          sll a0,a0,2
          lw v0,-32768(gp)
          addu v0,v0,a0
          lw v0,0(v0)
          addu v0,v0,gp
          jr v0
          nop
        ${CASES}`;
      expect(switches({ text, rodata: distances(text), data: ".word table" })).toEqual([ALL]);
    });
  });

  it("is none when its entries are functions: that is a tail call through a pointer", () => {
    const text = `
      start:
        sltiu v0,a0,2
        beqz v0,default
        sll a0,a0,2
        lui v0,%hi(table)
        addu v0,v0,a0
        lw t9,%lo(table)(v0)
        jr t9
        nop
      default:
        jr ra
        nop
      f:
        jr ra
        nop
      g:
        jr ra
        nop`;
    const symbols = { start: 40, f: 8, g: 8 };
    expect(switches({ text, rodata: "table:\n.word f\n.word g", symbols })).toEqual(["unknown"]);
  });

  it("is none when an entry of a bounded table is no code", () => {
    const dispatch = `
      sltiu v0,a0,5
      beqz v0,default
      sll a0,a0,2
      lui v0,%hi(table)
      addu v0,v0,a0
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    expect(entries(dispatch, "table:\n.word zero\n.word 0x1234\n.word two\n.word three")).toEqual(["unknown"]);
  });

  it("is not taken from a variable that a callee may have changed", () => {
    const dispatch = `
      addiu sp,sp,-32
      li v0,1
      sw v0,24(sp)
      jal default
      addiu a0,sp,24
      lw v0,24(sp)
      sll v0,v0,2
      lui v1,%hi(table)
      addu v0,v0,v1
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    expect(entries(dispatch)).toEqual([ALL]);
  });
});

describe("a value in memory", () => {
  it("is bounded by the nearest comparison: an earlier one may have been of another value", () => {
    const dispatch = `
      lw v0,0(a0)
      sltiu v0,v0,2
      beqz v0,default
      move s0,a0
      jal default
      nop
      lw v0,0(s0)
      sltiu v1,v0,4
      beqz v1,default
      sll v0,v0,2
      lui v1,%hi(table)
      addu v0,v0,v1
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    expect(entries(dispatch)).toEqual([ALL]);
  });

  it("is no constant because gp reaches it: small data is written to", () => {
    const dispatch = `
      lw v0,-32768(gp)
      sltiu v1,v0,4
      beqz v1,default
      sll v0,v0,2
      lui v1,%hi(table)
      addu v0,v0,v1
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    const text = `start:\n${dispatch}\n${CASES}`;
    expect(switches({ text, rodata: TABLE, data: "counter:\n.word 1", gp: 0x00498000 })).toEqual([ALL]);
  });

  it("is no target because gp reaches it: a pointer in small data is written to", () => {
    const text = "start:\nlw t9,-32768(gp)\nnop\njr t9\nnop\nother:\njr ra\nnop";
    const source = { text, data: ".word other", gp: 0x00498000, symbols: { start: 16, other: 8 } };
    expect(switches(source)).toEqual(["unknown"]);
  });
});

describe("an index in a register that a callee leaves alone", () => {
  it("is not taken for the constant that another way puts there", () => {
    const dispatch = `
      beqz a1,constant
      andi t0,a0,3
      jal default
      nop
      b dispatch
      nop
    constant:
      li t0,1
    dispatch:
      sll t0,t0,2
      lui v0,%hi(table)
      addu v0,v0,t0
      lw v0,%lo(table)(v0)
      jr v0
      nop`;
    expect(entries(dispatch)).toEqual([ALL]);
  });
});

describe("a table from elsewhere", () => {
  const text = `start:\nlw v0,0(a0)\njump:\njr v0\nnop\n${CASES}`;
  const known = flowOf({ text });
  const jump = known.labels.get("jump")!;
  const addressOf = (name: string): number => known.labels.get(name)!;

  it("makes a switch of a jump that shows none", () => {
    const table = { jump, address: 0x00480000, entries: ["two", "zero"].map(addressOf) };
    expect(known.lines).toEqual(["start: lw v0,0(a0); jump_indirect [nop]"]);
    expect(flowOf({ text }, { jumpTables: [table] }).lines).toEqual([
      "start: lw v0,0(a0); switch two zero [nop]",
      "zero: return [li v0,10]",
      "two: return [li v0,12]",
    ]);
  });

  it("is an obstacle when it leads out of the code", () => {
    const table = { jump, address: 0x00480000, entries: [addressOf("zero"), 0x00700000] };
    expect(flowOf({ text }, { jumpTables: [table] }).obstacle).toMatchObject({
      address: jump,
      reason: "leads to 0x00700000, which is outside the program's code",
    });
  });
});
