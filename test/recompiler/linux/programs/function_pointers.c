#include <stdio.h>

static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int mul(int a, int b) { return a * b; }
typedef int (*operation)(int, int);
static const struct { char sign; operation apply; } operations[] = {{'+', add}, {'-', sub}, {'*', mul}};
static operation choose(char sign) {
  for (int i = 0; i < 3; i++) if (operations[i].sign == sign) return operations[i].apply;
  return NULL;
}
static void every(int *values, int count, void (*visit)(int *, void *), void *with) {
  for (int i = 0; i < count; i++) visit(&values[i], with);
}
static void raise_by(int *value, void *with) { *value += *(int *)with; }

int main(void) {
  for (const char *sign = "+-*/"; *sign; sign++) {
    operation found = choose(*sign);
    printf("%c %d\n", *sign, found ? found(12, 5) : -1);
  }
  int values[] = {1, 2, 3}, by = 40;
  every(values, 3, raise_by, &by);
  printf("%d %d %d\n", values[0], values[1], values[2]);
  return 0;
}
