#include <stdio.h>

static volatile int zero;

int main(void) {
  puts("dividing");
  fflush(stdout);
  printf("%d\n", 7 / zero);
  return 0;
}
