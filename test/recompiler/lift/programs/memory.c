#include "start.h"

struct __attribute__((packed)) packed {
  u8 tag;
  u32 word;
  u16 half;
  u64 wide;
};

union view {
  u8 bytes[16];
  u16 halves[8];
  u32 words[4];
};

static struct packed records[9];
static union view views[5];
static short shorts[64];
static const u32 table[] = {0x01020304, 0x05060708, 0xa0b0c0d0};
u32 initialised[3] = {1, 0xcafebabe, 3};
static u8 text[256];

static __attribute__((noinline)) u32 sum_packed(const struct packed *records, int count) {
  u32 sum = 0;
  for (int i = 0; i < count; i++) {
    sum = sum * 31 + records[i].tag + records[i].word + records[i].half + (u32)records[i].wide + (u32)(records[i].wide >> 32);
  }
  return sum;
}

static __attribute__((noinline)) u32 crc(u32 crc, const u8 *bytes, u32 count) {
  for (crc = ~crc; count--; bytes++) {
    crc ^= *bytes;
    for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
  }
  return ~crc;
}

static __attribute__((noinline)) void copy_unaligned(u8 *to, const u8 *from, int words) {
  for (int i = 0; i < words; i++) {
    u32 word;
    __builtin_memcpy(&word, from + 4 * i, 4);
    __builtin_memcpy(to + 4 * i, &word, 4);
  }
}

static void run(void) {
  for (int i = 0; i < 9; i++) {
    records[i] = (struct packed){(u8)(i * 29), 0x01234567u * (u32)i, (u16)(i * 777), 0x0123456789abcdefULL * (u32)(i + 1)};
  }
  put(sum_packed(records, 9));
  put(crc(0, (const u8 *)records, sizeof records));
  for (int i = 0; i < 16; i++) views[i % 5].bytes[(i * 7) % 16] = (u8)(i * 13 + 1);
  for (int i = 0; i < 5; i++) {
    put(views[i].words[i & 3] ^ views[i].halves[i] ^ (u32)(short)views[i].halves[7 - i]);
    views[i].halves[i + 1] = (u16)(i * 0x1111);
  }
  put(crc(1, (const u8 *)views, sizeof views));
  for (int i = 0; i < 64; i++) shorts[i] = (short)(i * i * 37 - 9000);
  int low = 0;
  for (int i = 0; i < 64; i++) low += shorts[(i * 5) & 63] < 0 ? shorts[i] : -shorts[i] / 3;
  put((u32)low);
  for (int i = 0; i < 256; i++) text[i] = (u8)(i ^ i >> 3);
  for (int skew = 0; skew < 8; skew++) {
    copy_unaligned(text + 100 + skew, text + 3 * skew, 6);
    put(crc((u32)skew, text, sizeof text));
  }
  for (int i = 0; i < 3; i++) put(table[i] ^ initialised[i]);
  initialised[1] += table[2];
  put(initialised[1]);
}
