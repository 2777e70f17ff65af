#include <setjmp.h>
#include <stdio.h>

static jmp_buf back;
static void deep(int n) {
  if (n == 0) longjmp(back, 5);
  deep(n - 1);
}

int main(void) {
  volatile int count = 0;
  int came = setjmp(back);
  printf("%d %d\n", came, count++);
  fflush(stdout);
  if (came == 0) deep(3);
  return came;
}
