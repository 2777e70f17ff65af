#include <stdio.h>

struct packed { unsigned a : 3; signed b : 5; unsigned c : 11; unsigned d : 1; unsigned long long e : 40; };

int main(void) {
  struct packed p = {0};
  for (int i = 0; i < 12; i++) {
    p.a += 3;
    p.b -= 7;
    p.c ^= (unsigned)(i * 211);
    p.d = !p.d;
    p.e = p.e * 31 + 12345678901ULL;
    printf("%u %d %u %u %llu\n", p.a, p.b, p.c, p.d, (unsigned long long)p.e);
  }
  return sizeof p;
}
