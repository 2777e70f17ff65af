/* Runs every instruction whose result is a number over values at which results turn, and writes all results out. */
#include "guest.h"

static const u32 values[] = {
    0,          1,          2,          3,          7,          8,          0x1f,       0x20,       0x21,
    0x7f,       0x80,       0xff,       0x100,      0x7fff,     0x8000,     0xffff,     0x10000,    0x12345678,
    0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001, 0x89abcdef, 0xdeadbeef, 0xffff0000, 0xffff7fff, 0xffff8000,
    0xffffff7f, 0xffffff80, 0xfffffffd, 0xfffffffe, 0xffffffff,
};
enum { VALUES = sizeof values / sizeof values[0] };

#define PLAIN ".set push\n.set noreorder\n.set nomacro\n.set noat\n"
#define END "\n.set pop"

#define TWO(name) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r; \
    asm volatile(PLAIN #name " %0,%1,%2" END : "=r"(r) : "r"(a), "r"(b)); \
    return r; \
  }
#define ONE(name) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r; \
    asm volatile(PLAIN #name " %0,%1" END : "=r"(r) : "r"(a)); \
    return r + b; \
  }
#define FIXED(name, operands, tag) \
  static NOINLINE u32 op_##name##_##tag(u32 a, u32 b) { \
    u32 r = b; \
    asm volatile(PLAIN #name " %0,%1," operands END : "+r"(r) : "r"(a)); \
    return r; \
  }
#define KEEPING(name) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r = a * 3 + b; \
    asm volatile(PLAIN #name " %0,%1,%2" END : "+r"(r) : "r"(a), "r"(b)); \
    return r; \
  }
#define LONG(name, text) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 high = a ^ 0x5a5a5a5a, low = b - 0x77777777; \
    asm volatile(PLAIN "mthi %0\nmtlo %1\n" text "\nmfhi %0\nmflo %1" END \
                 : "+r"(high), "+r"(low) \
                 : "r"(a), "r"(b) \
                 : "hi", "lo"); \
    return high * 31 + low; \
  }
#define BRANCH(name, operands) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r = 0; \
    asm volatile(PLAIN #name " " operands "1f\naddiu %0,%0,1\naddiu %0,%0,2\n1: addiu %0,%0,4" END \
                 : "+r"(r) \
                 : "r"(a), "r"(b)); \
    return r; \
  }
asm(".text\n.type link_target,@function\n.ent link_target\n.set push\n.set noreorder\nlink_target:\n"
    "addiu $8,$8,4\njr $31\naddiu $8,$8,8\n.set pop\n.end link_target\n.size link_target,.-link_target\n");
#define LINKING(name) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r, link; \
    asm volatile(PLAIN "move $31,$0\nmove $8,$0\n" #name " %2,link_target\naddiu $8,$8,1\n1: addiu $8,$8,2\n" \
                       "lui $9,%%hi(1b)\naddiu $9,$9,%%lo(1b)\nsubu %1,$31,$9\nmove %0,$8" END \
                 : "=r"(r), "=r"(link) \
                 : "r"(a), "r"(b) \
                 : "$8", "$9", "$31"); \
    return r * 1000 + link; \
  }

TWO(addu) TWO(subu) TWO(and) TWO(or) TWO(xor) TWO(nor) TWO(slt) TWO(sltu) TWO(mul)
TWO(sllv) TWO(srlv) TWO(srav) TWO(rotrv) ONE(clz) ONE(clo) ONE(seb) ONE(seh) ONE(wsbh) KEEPING(movz) KEEPING(movn)
FIXED(addiu, "-32768", low) FIXED(addiu, "32767", high) FIXED(slti, "-1", minus) FIXED(slti, "100", plus)
FIXED(sltiu, "-1", minus) FIXED(sltiu, "-32768", low) FIXED(sltiu, "1", one) FIXED(andi, "65535", all)
FIXED(ori, "32769", odd) FIXED(xori, "65535", all) FIXED(sll, "0", none) FIXED(sll, "31", all) FIXED(srl, "1", one)
FIXED(srl, "31", all) FIXED(sra, "1", one) FIXED(sra, "31", all) FIXED(rotr, "1", one) FIXED(rotr, "17", more)
FIXED(ext, "0,32", all) FIXED(ext, "31,1", top) FIXED(ext, "5,11", middle) FIXED(ins, "0,32", all)
FIXED(ins, "31,1", top) FIXED(ins, "7,13", middle)
LONG(mult, "mult %2,%3") LONG(multu, "multu %2,%3") LONG(madd, "madd %2,%3") LONG(maddu, "maddu %2,%3")
LONG(msub, "msub %2,%3") LONG(msubu, "msubu %2,%3") LONG(div, "div $0,%2,%3") LONG(divu, "divu $0,%2,%3")
LONG(mul3, "mul $8,%2,%3")
BRANCH(beq, "%1,%2,") BRANCH(bne, "%1,%2,") BRANCH(bltz, "%1,") BRANCH(blez, "%1,") BRANCH(bgtz, "%1,")
BRANCH(bgez, "%1,") BRANCH(beql, "%1,%2,") BRANCH(bnel, "%1,%2,") BRANCH(bltzl, "%1,") BRANCH(blezl, "%1,")
BRANCH(bgtzl, "%1,") BRANCH(bgezl, "%1,")
LINKING(bltzal) LINKING(bgezal) LINKING(bltzall) LINKING(bgezall)

static NOINLINE u32 op_add(u32 a, u32 b) {
  u32 r;
  asm volatile(PLAIN "add %0,%1,%2\nsub %0,%0,%1\naddi %0,%0,-1" END : "=r"(r) : "r"((int)a >> 2), "r"((int)b >> 2));
  return r;
}

static u8 memory[32] __attribute__((aligned(16)));

#define LOAD(name) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r = a; \
    asm volatile(PLAIN #name " %0,4(%1)" END : "+r"(r) : "r"(memory + (b & 4)) : "memory"); \
    return r; \
  }
#define LOAD_ANY(name) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    u32 r = a; \
    asm volatile(PLAIN #name " %0,2(%1)" END : "+r"(r) : "r"(memory + (b & 7)) : "memory"); \
    return r; \
  }
static NOINLINE u32 sum_of_memory(void) {
  u32 sum = 0;
  for (int i = 0; i < 32; i++) sum = sum * 131 + memory[i];
  return sum;
}
#define STORE(name, mask) \
  static NOINLINE u32 op_##name(u32 a, u32 b) { \
    asm volatile(PLAIN #name " %0,8(%1)" END : : "r"(a), "r"(memory + (b & mask)) : "memory"); \
    return sum_of_memory(); \
  }
LOAD(lb) LOAD(lbu) LOAD(lh) LOAD(lhu) LOAD(lw) LOAD(ll) LOAD_ANY(lwl) LOAD_ANY(lwr)
STORE(sb, 7) STORE(sh, 6) STORE(sw, 4) STORE(swl, 7) STORE(swr, 7)

static NOINLINE u32 op_sc(u32 a, u32 b) {
  u32 r = a, old;
  asm volatile(PLAIN "ll %1,4(%2)\nsc %0,4(%2)" END : "+r"(r), "=&r"(old) : "r"(memory + (b & 4)) : "memory");
  return r + old + sum_of_memory();
}

typedef u32 Operation(u32, u32);
static Operation *const operations[] = {
    op_addu, op_subu, op_and, op_or, op_xor, op_nor, op_slt, op_sltu, op_mul, op_sllv, op_srlv, op_srav, op_rotrv,
    op_clz, op_clo, op_seb, op_seh, op_wsbh, op_movz, op_movn, op_addiu_low, op_addiu_high, op_slti_minus,
    op_slti_plus, op_sltiu_minus, op_sltiu_low, op_sltiu_one, op_andi_all, op_ori_odd, op_xori_all, op_sll_none,
    op_sll_all, op_srl_one, op_srl_all, op_sra_one, op_sra_all, op_rotr_one, op_rotr_more, op_ext_all, op_ext_top,
    op_ext_middle, op_ins_all, op_ins_top, op_ins_middle, op_mult, op_multu, op_madd, op_maddu, op_msub, op_msubu,
    op_div, op_divu, op_mul3, op_beq, op_bne, op_bltz, op_blez, op_bgtz, op_bgez, op_beql, op_bnel, op_bltzl,
    op_blezl, op_bgtzl, op_bgezl, op_bltzal, op_bgezal, op_bltzall, op_bgezall, op_add, op_lb, op_lbu, op_lh, op_lhu,
    op_lw, op_ll, op_lwl, op_lwr, op_sb, op_sh, op_sw, op_swl, op_swr, op_sc,
};

int main(int count, char **args) {
  static u32 results[VALUES * VALUES];
  for (u32 i = 0; i < sizeof operations / sizeof operations[0]; i++) {
    for (u32 j = 0; j < sizeof memory; j++) memory[j] = j * 37 + 129;
    u32 at = 0;
    for (u32 a = 0; a < VALUES; a++)
      for (u32 b = 0; b < VALUES; b++) results[at++] = operations[i](values[a], values[b]);
    write_bytes(results, sizeof results);
  }
  return 0;
}
