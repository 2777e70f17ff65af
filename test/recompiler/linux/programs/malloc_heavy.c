#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  static char *blocks[500];
  unsigned seed = 7, total = 0;
  for (int round = 0; round < 4000; round++) {
    seed = seed * 1664525u + 1013904223u;
    unsigned at = (seed >> 10) % 500, size = (seed >> 20) % 900 + 1;
    if (blocks[at] == NULL || seed & 0x100) {
      char *grown = realloc(blocks[at], size);
      if (grown == NULL) return 1;
      memset(grown, (int)at, size);
      blocks[at] = grown;
      total += (unsigned char)grown[size - 1];
    } else {
      free(blocks[at]);
      blocks[at] = NULL;
    }
  }
  char *large = calloc(1, 300000);
  for (int i = 0; i < 300000; i += 1000) total += (unsigned char)large[i];
  free(large);
  printf("%u\n", total);
  return 0;
}
