#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (int i = 0; i < 100; i++) fprintf(out, "%d ", i);
  fclose(out);
  printf("%zu %.20s\n", size, text);
  FILE *in = fmemopen(text, size, "r");
  int value, sum = 0;
  while (fscanf(in, "%d", &value) == 1) sum += value;
  printf("%d\n", sum);
  fclose(in);
  free(text);
  return 0;
}
