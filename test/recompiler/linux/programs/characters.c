#include <ctype.h>
#include <stdio.h>

int main(void) {
  int c, counts[5] = {0};
  while ((c = getchar()) != EOF) {
    counts[0] += isalpha(c) != 0;
    counts[1] += isdigit(c) != 0;
    counts[2] += isspace(c) != 0;
    counts[3] += ispunct(c) != 0;
    putchar(toupper(c));
  }
  printf("\n%d %d %d %d\n", counts[0], counts[1], counts[2], counts[3]);
  ungetc('q', stdin);
  printf("%c %d\n", getchar(), getchar());
  return 0;
}
