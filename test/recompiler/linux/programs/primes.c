#include <stdio.h>

static unsigned char composite[20000];

int main(void) {
  int count = 0, last = 0;
  for (int i = 2; i < 20000; i++) {
    if (composite[i]) continue;
    count++;
    last = i;
    for (int j = i * 2; j < 20000; j += i) composite[j] = 1;
  }
  printf("%d %d\n", count, last);
  return 0;
}
