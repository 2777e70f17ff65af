#include <stdio.h>

static volatile long long a = -0x123456789abcdefLL, b = 97;
static volatile unsigned long long c = 0xfedcba9876543210ULL, d = 1000003;

int main(void) {
  printf("%lld %lld %lld\n", a / b, a % b, a * b);
  printf("%llu %llu %llu\n", c / d, c % d, c * d);
  for (int s = 0; s < 64; s += 9) printf("%016llx %016llx %016llx\n", c << s, c >> s, (unsigned long long)(a >> s));
  printf("%d %d %d\n", a < b, (unsigned long long)a < c, a == -a);
  printf("%.6f %.6f %lld\n", (double)a, (double)c, (long long)-1.5e15);
  return 0;
}
