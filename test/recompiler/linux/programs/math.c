#include <stdio.h>
#include <math.h>

static volatile double points[] = {0.1, 0.5, 1.0, 2.0, 3.14159, 10.0, 100.25};

int main(void) {
  for (int i = 0; i < 7; i++) {
    double x = points[i];
    printf("%.12g %.12g %.12g %.12g\n", sin(x), cos(x), tan(x), atan(x));
    printf("%.12g %.12g %.12g %.12g\n", sqrt(x), exp(x / 10), log(x), pow(x, 1.7));
    printf("%.12g %.12g %.12g %.12g\n", floor(x), ceil(-x), fmod(x, 0.7), cbrt(x));
  }
  int e;
  double m = frexp(48.5, &e);
  printf("%g %d %g %g\n", m, e, ldexp(0.75, 6), hypot(3, 4));
  return 0;
}
