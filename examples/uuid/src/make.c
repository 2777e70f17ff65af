#include "uuid.h"

typedef struct {
  u64 a, b, c, d;
} State;

static u64 rotate(u64 value, int count) { return value << count | value >> (64 - count); }

static void mix(State *s, int rounds) {
  while (rounds-- > 0) {
    s->a += s->b;
    s->c += s->d;
    s->b = rotate(s->b, 13) ^ s->a;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a = rotate(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotate(s->b, 17) ^ s->c;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c = rotate(s->c, 32);
  }
}

/* Little-endian, from any address. */
static u64 load(const u8 *bytes) {
  u64 word;
  __builtin_memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

static void absorb(State *s, u64 word) {
  s->d ^= word;
  mix(s, 2);
  s->a ^= word;
}

static u64 finish(const State *s) { return s->a ^ s->b ^ s->c ^ s->d; }

void hash(const void *bytes, u32 size, u64 digest[2]) {
  const u8 *next = bytes;
  State s = {0x736f6d6570736575, 0x646f72616e646f6d ^ 0xee, 0x6c7967656e657261, 0x7465646279746573};
  u64 last = (u64)size << 56;
  for (u32 left = size; left >= 8; left -= 8, next += 8)
    absorb(&s, load(next));
  for (u32 i = 0; i < size % 8; i++)
    last |= (u64)next[i] << (8 * i);
  absorb(&s, last);
  s.c ^= 0xee;
  mix(&s, 4);
  digest[0] = finish(&s);
  s.b ^= 0xdd;
  mix(&s, 4);
  digest[1] = finish(&s);
}

u64 next_random(u64 *state) {
  u64 z = *state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

static Uuid marked(u64 high, u64 low, u32 version) {
  Uuid uuid = {{high}, {low}};
  uuid.high.unix.version = version;
  uuid.low.node.variant = VARIANT_RFC;
  return uuid;
}

Uuid random_uuid(u64 *state) {
  u64 high = next_random(state);
  return marked(high, next_random(state), 4);
}

Uuid timed_uuid(u64 milliseconds, u64 *state) {
  Uuid uuid = random_uuid(state);
  uuid.high.unix.version = 7;
  uuid.high.unix.milliseconds = milliseconds;
  return uuid;
}

Uuid named_uuid(const char *name) {
  u64 digest[2];
  hash(name, string_length(name), digest);
  return marked(digest[0], digest[1], 8);
}
