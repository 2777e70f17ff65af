#include <stdio.h>

static volatile double values[] = {0.0, -0.0, 1.5, -2.5, 1e300, 1e-300, 123456.789};

int main(void) {
  for (int i = 0; i < 7; i++)
    for (int j = 0; j < 7; j++) {
      double a = values[i], b = values[j];
      printf("%g %g %g %g %d\n", a + b, a * b, a - b, b != 0 ? a / b : 0, a < b);
    }
  printf("%.17g %.17g\n", 0.1 + 0.2, 1e16 + 1);
  printf("%f %f\n", 1e300 * 1e300, -(1e300 * 1e300));
  return 0;
}
