#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

int main(void) {
  unsigned *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  unsigned sum = 0;
  for (int i = 0; i < 1 << 18; i += 511) memory[i] = (unsigned)i * 2654435761u;
  for (int i = 0; i < 1 << 18; i++) sum ^= memory[i];
  printf("%08x\n", sum);
  unsigned *grown = mremap(memory, 1 << 20, 1 << 21, MREMAP_MAYMOVE);
  printf("%d %08x\n", grown != MAP_FAILED, grown[511 * 3]);
  printf("%d %d\n", mprotect(grown, 4096, PROT_READ), munmap(grown, 1 << 21));
  return 0;
}
