#include <stdio.h>
#include <stdlib.h>

struct entry { int key; const char *name; };
static const struct entry table[] = {{1, "one"}, {4, "four"}, {9, "nine"}, {16, "sixteen"}, {25, "twenty-five"}};

static int compare(const void *key, const void *entry) { return *(const int *)key - ((const struct entry *)entry)->key; }

int main(void) {
  for (int key = 0; key < 30; key += 3) {
    const struct entry *found = bsearch(&key, table, 5, sizeof *table, compare);
    printf("%d %s\n", key, found ? found->name : "-");
  }
  return 0;
}
