#include <stdio.h>

static volatile double values[] = {0, 1, -1, 0.5, 2.5, 1e10, 1e-10, 123456789.125, 1e100, 9.9999995, 0.1};

int main(void) {
  for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
    double v = values[i];
    printf("%f|%e|%g|%a|%.0f|%.3e|%10.2f|%-10.1f|%+g|% g|%010.3f|%#.0f\n", v, v, v, v, v, v, v, v, v, v, v, v);
  }
  printf("%.60f\n%.40g\n", 0.1, 1e23);
  return 0;
}
