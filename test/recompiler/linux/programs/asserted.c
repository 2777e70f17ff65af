#include <assert.h>
#include <stdio.h>

int main(int count, char **args) {
  (void)args;
  puts("checking");
  fflush(stdout);
  assert(count == 0);
  return 0;
}
