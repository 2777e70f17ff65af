#include <stdio.h>

static volatile unsigned values[] = {0x80000000u, 1, 0x00f0f000u, 0xffffffffu, 0x12345678u};

int main(void) {
  for (int i = 0; i < 5; i++) {
    unsigned v = values[i];
    printf("%d %d %d %d %08x %04x\n", __builtin_clz(v), __builtin_ctz(v), __builtin_popcount(v), __builtin_parity(v), __builtin_bswap32(v),
           __builtin_bswap16((unsigned short)v));
    int sum, product;
    printf("%d %d\n", __builtin_add_overflow((int)v, 1, &sum), __builtin_mul_overflow((int)v, 3, &product));
    printf("%08x %08x %d\n", v << 7 | v >> 25, v >> 11 | v << 21, (signed char)v);
  }
  return 0;
}
