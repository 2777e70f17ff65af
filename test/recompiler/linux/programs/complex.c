#include <complex.h>
#include <stdio.h>

static volatile double re = 1.5, im = -2.25;

int main(void) {
  double complex a = re + im * I, b = conj(a) * 2 + 1;
  double complex product = a * b, quotient = a / b;
  printf("%.10g %.10g\n", creal(product), cimag(product));
  printf("%.10g %.10g\n", creal(quotient), cimag(quotient));
  printf("%.10g %.10g\n", cabs(a), carg(a));
  return 0;
}
