#include <stdio.h>

static unsigned table[256];
static unsigned crc(const char *text) {
  unsigned value = ~0u;
  while (*text) value = table[(value ^ (unsigned char)*text++) & 0xff] ^ value >> 8;
  return ~value;
}
static unsigned adler(const char *text) {
  unsigned a = 1, b = 0;
  while (*text) { a = (a + (unsigned char)*text++) % 65521; b = (b + a) % 65521; }
  return b << 16 | a;
}
static unsigned long long fnv(const char *text) {
  unsigned long long value = 0xcbf29ce484222325ULL;
  while (*text) value = (value ^ (unsigned char)*text++) * 0x100000001b3ULL;
  return value;
}

int main(void) {
  for (unsigned i = 0; i < 256; i++) {
    unsigned value = i;
    for (int bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320u ^ value >> 1 : value >> 1;
    table[i] = value;
  }
  static const char *const texts[] = {"", "a", "123456789", "The quick brown fox jumps over the lazy dog"};
  for (int i = 0; i < 4; i++) printf("%08x %08x %016llx\n", crc(texts[i]), adler(texts[i]), fnv(texts[i]));
  return 0;
}
