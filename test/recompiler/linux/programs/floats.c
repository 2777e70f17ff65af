#include <stdio.h>

static volatile float x = 1.1f, y = -3.7f, z = 1e30f, tiny = 1e-40f;

int main(void) {
  printf("%.9g %.9g %.9g %.9g\n", x + y, x - y, x * y, x / y);
  printf("%.9g %.9g %.9g\n", z * z, -z * z, tiny / 2);
  printf("%d %d %u\n", (int)y, (int)(x * 1000), (unsigned)(z / 1e21f));
  float sum = 0;
  for (int i = 1; i <= 1000; i++) sum += 1.0f / i;
  printf("%.9g\n", sum);
  printf("%d %d %d\n", x < y, x >= y, x != x);
  return 0;
}
