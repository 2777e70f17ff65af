#include <stdio.h>
#include <unistd.h>

int main(void) {
  char own[16];
  setvbuf(stdout, own, _IOFBF, sizeof own);
  for (int i = 0; i < 10; i++) printf("%d,", i * 1000);
  setvbuf(stdout, NULL, _IONBF, 0);
  fputs("unbuffered ", stdout);
  write(1, "raw ", 4);
  puts("end");
  fprintf(stderr, "not compared\n");
  return 0;
}
