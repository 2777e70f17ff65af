#include <stdio.h>

static volatile int a = -17, b = 5;
static volatile unsigned c = 0xfffffff0u, d = 7;

int main(void) {
  printf("%d %d %d %d\n", a / b, a % b, a * b, a >> 2);
  printf("%u %u %u %u\n", c / d, c % d, c * d, c >> 3);
  for (int s = 0; s < 32; s += 5) printf("%08x %08x %08x\n", c << s, c >> s, (unsigned)(a >> s));
  signed char sc = (signed char)(a * 13);
  unsigned short us = (unsigned short)(c + d);
  printf("%d %u %d %d\n", sc, us, a < b, (unsigned)a < (unsigned)b);
  return (a & 0x3f) ^ b;
}
