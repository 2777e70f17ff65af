#include <search.h>
#include <stdio.h>

int main(void) {
  hcreate(50);
  static char keys[20][8];
  for (long i = 0; i < 20; i++) {
    snprintf(keys[i], sizeof keys[i], "k%ld", i * i);
    hsearch((ENTRY){keys[i], (void *)(i + 1)}, ENTER);
  }
  for (int i = 0; i < 60; i++) {
    char key[8];
    snprintf(key, sizeof key, "k%d", i);
    ENTRY *found = hsearch((ENTRY){key, NULL}, FIND);
    if (found) printf("%s %ld\n", found->key, (long)found->data);
  }
  hdestroy();
  return 0;
}
