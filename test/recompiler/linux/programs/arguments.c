#include <stdio.h>

int main(int count, char **args) {
  for (int i = 0; i < count; i++) printf("%d %s\n", i, args[i]);
  printf("%d\n", args[count] == NULL);
  return count;
}
