#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

extern char **environ;

int main(void) {
  for (char **each = environ; *each; each++) puts(*each);
  printf("%s %s\n", getenv("HOME"), getenv("ABSENT") ? "there" : "-");
  setenv("NEW", "value", 1);
  setenv("NEW", "kept", 0);
  putenv("PUT=1");
  unsetenv("HOME");
  printf("%s %s %d\n", getenv("NEW"), getenv("PUT"), getenv("HOME") == NULL);
  clearenv();
  printf("%d\n", environ == NULL || *environ == NULL);
  return 0;
}
