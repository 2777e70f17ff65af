#include "start.h"

static volatile u32 values[] = {0, 1, 2, 7, 31, 0x7f, 0x8000, 0xffff, 0x12345678, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffff9, 0xffffffff};
#define COUNT ((int)(sizeof values / sizeof *values))

/* Before release 1 of MIPS32 there is no instruction for it. */
static u32 leading_zeros(u32 value) {
#if __mips_isa_rev >= 1
  return value ? (u32)__builtin_clz(value) : 32;
#else
  u32 count = 32;
  for (; value; value >>= 1) count--;
  return count;
#endif
}

static u32 hash;
static void mix(u32 value) { hash = (hash << 5 | hash >> 27) ^ value * 0x9e3779b1u; }

static __attribute__((noinline)) void divide(u32 a, u32 b) {
  u32 lo, hi;
  __asm__ volatile("div $0, %2, %3\n\tmflo %0\n\tmfhi %1" : "=r"(lo), "=r"(hi) : "r"(a), "r"(b) : "hi", "lo");
  mix(lo), mix(hi);
  __asm__ volatile("divu $0, %2, %3\n\tmflo %0\n\tmfhi %1" : "=r"(lo), "=r"(hi) : "r"(a), "r"(b) : "hi", "lo");
  mix(lo), mix(hi);
}

static void run(void) {
  u64 sum = 0;
  for (int i = 0; i < COUNT; i++) {
    for (int j = 0; j < COUNT; j++) {
      u32 a = values[i], b = values[j];
      int x = (int)a, y = (int)b;
      divide(a, b);
      mix(a + b), mix(a - b), mix(a * b), mix(a & b), mix(a | b), mix(a ^ b), mix(~(a | b));
      mix(a << (b & 31)), mix(a >> (b & 31)), mix((u32)(x >> (b & 31)));
      mix((x < y) + 2 * (a < b) + 4 * (x == y) + 8 * (x <= y) + 16 * (a >= b));
      mix((u32)(((u64)a * b) >> 32)), mix((u32)(((long long)x * y) >> 32));
      sum += (u64)a * b;
      sum -= (u64)((long long)x * y) >> 3;
      mix((u32)sum), mix((u32)(sum >> 32));
      mix(leading_zeros(a)), mix((u32)(signed char)a), mix((u32)(short)b), mix(a << 24 | (a & 0xff00) << 8 | (a >> 8 & 0xff00) | a >> 24);
      mix((a >> 3) & 0x7f), mix((a & ~0xff0u) | (b & 0xff) << 4);
      mix(b ? a / b : 0), mix(b ? a % b : 0), mix(x / 7), mix(x % 10), mix(a / 1000u);
    }
    put(hash);
  }
  put((u32)sum);
  put((u32)(sum >> 32));
}
