#include <stdio.h>

#define N 24
static double a[N][N], b[N][N], c[N][N];

int main(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = i + j / 10.0;
      b[i][j] = i == j ? 2 : 1.0 / (1 + i + j);
    }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      for (int k = 0; k < N; k++) c[i][j] += a[i][k] * b[k][j];
  double trace = 0;
  for (int i = 0; i < N; i++) trace += c[i][i];
  printf("%.12g %.12g\n", trace, c[3][17]);
  return 0;
}
