#include <stdio.h>

static volatile long double a = 1.25L, b = 3;

int main(void) {
  printf("%Lf %Lg %Le\n", a * b, a / b, a - b * 1e10L);
  printf("%d %d %zu\n", a < b, (int)(a * 100), sizeof a);
  return 0;
}
