#include <stdatomic.h>
#include <stdio.h>

static _Atomic int counter;
static _Atomic unsigned flags = 0xf0;

int main(void) {
  for (int i = 0; i < 100; i++) atomic_fetch_add(&counter, i);
  int expected = 4950;
  printf("%d\n", atomic_compare_exchange_strong(&counter, &expected, 1));
  printf("%d %d\n", atomic_compare_exchange_strong(&counter, &expected, 2), expected);
  printf("%x %x\n", atomic_fetch_or(&flags, 5), atomic_exchange(&flags, 9));
  printf("%x\n", atomic_load(&flags));
  return 0;
}
