#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>

int main(void) {
  static const char *const patterns[] = {"*.c", "a?c", "[a-m]*", "*/x", "\\*"};
  static const char *const names[] = {"main.c", "abc", "zebra", "dir/x", "*"};
  for (int i = 0; i < 5; i++) {
    for (int j = 0; j < 5; j++) putchar(fnmatch(patterns[i], names[j], FNM_PATHNAME) == 0 ? 'y' : '.');
    putchar('\n');
  }
  char path[] = "/usr/lib/thing.so";
  printf("%s %s\n", basename(path), dirname(path));
  return 0;
}
