#include <stdio.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b) { return *(const int *)a < *(const int *)b ? -1 : *(const int *)a > *(const int *)b; }
static int calls;
static int descending(const void *a, const void *b) { calls++; return ascending(b, a); }

int main(void) {
  int values[200];
  unsigned seed = 1;
  for (int i = 0; i < 200; i++) values[i] = (int)((seed = seed * 1103515245u + 12345u) >> 8) % 1000;
  qsort(values, 200, sizeof *values, ascending);
  for (int i = 0; i < 200; i += 13) printf("%d ", values[i]);
  qsort(values, 200, sizeof *values, descending);
  printf("\n%d %d %d\n", values[0], values[199], calls > 200);
  return 0;
}
