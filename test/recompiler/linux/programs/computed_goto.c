#include <stdio.h>

static int run(const unsigned char *code) {
  static void *const labels[] = {&&push, &&add, &&mul, &&dup, &&loop, &&halt};
  int stack[16], top = 0, count = 3;
  const unsigned char *at = code;
#define NEXT goto *labels[*at++]
  NEXT;
push: stack[top++] = *at++; NEXT;
add: top--; stack[top - 1] += stack[top]; NEXT;
mul: top--; stack[top - 1] *= stack[top]; NEXT;
dup: stack[top] = stack[top - 1]; top++; NEXT;
loop: if (--count > 0) at -= *at + 1; else at++; NEXT;
halt: return stack[top - 1];
}

int main(void) {
  static const unsigned char code[] = {0, 3, 3, 2, 0, 1, 1, 4, 5, 5};
  printf("%d\n", run(code));
  return 0;
}
