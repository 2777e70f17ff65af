#include "sha256.h"

/* FIPS 180-4, 4.2.2: the fractional parts of the cube roots of the first 64 primes. */
static const u32 round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline u32 rotate_right(u32 value, int count) { return value >> count | value << (32 - count); }

static inline u32 load_big_endian(const u8 *at) {
  return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | (u32)at[3];
}

static void compress(u32 state[8], const u8 *block) {
  u32 schedule[64];
  for (int t = 0; t < 16; t++)
    schedule[t] = load_big_endian(block + 4 * t);
  for (int t = 16; t < 64; t++) {
    u32 near = schedule[t - 2], far = schedule[t - 15];
    u32 near_mix = rotate_right(near, 17) ^ rotate_right(near, 19) ^ near >> 10;
    u32 far_mix = rotate_right(far, 7) ^ rotate_right(far, 18) ^ far >> 3;
    schedule[t] = near_mix + schedule[t - 7] + far_mix + schedule[t - 16];
  }

  u32 a = state[0], b = state[1], c = state[2], d = state[3];
  u32 e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; t++) {
    u32 e_mix = rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25);
    u32 choice = (e & f) ^ (~e & g);
    u32 first = h + e_mix + choice + round_constants[t] + schedule[t];
    u32 a_mix = rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22);
    u32 majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + a_mix + majority;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

void sha256_start(struct sha256 *hash) {
  /* FIPS 180-4, 5.3.3: the fractional parts of the square roots of the first eight primes. */
  static const u32 initial[8] = {
      0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  };
  memcpy(hash->state, initial, sizeof initial);
  hash->length = 0;
}

void sha256_add(struct sha256 *hash, const u8 *bytes, size_t size) {
  size_t held = (size_t)hash->length % SHA256_BLOCK_SIZE;
  hash->length += size;
  if (held > 0) {
    size_t taken = SHA256_BLOCK_SIZE - held;
    if (taken > size)
      taken = size;
    memcpy(hash->pending + held, bytes, taken);
    bytes += taken;
    size -= taken;
    if (held + taken < SHA256_BLOCK_SIZE)
      return;
    compress(hash->state, hash->pending);
  }
  for (; size >= SHA256_BLOCK_SIZE; size -= SHA256_BLOCK_SIZE, bytes += SHA256_BLOCK_SIZE)
    compress(hash->state, bytes);
  memcpy(hash->pending, bytes, size);
}

void sha256_finish(struct sha256 *hash, u8 digest[SHA256_DIGEST_SIZE]) {
  enum { LENGTH_OFFSET = SHA256_BLOCK_SIZE - 8 };
  size_t held = (size_t)hash->length % SHA256_BLOCK_SIZE;
  u64 bits = hash->length * 8;

  hash->pending[held++] = 0x80;
  if (held > LENGTH_OFFSET) {
    memset(hash->pending + held, 0, SHA256_BLOCK_SIZE - held);
    compress(hash->state, hash->pending);
    held = 0;
  }
  memset(hash->pending + held, 0, LENGTH_OFFSET - held);
  for (int i = 0; i < 8; i++)
    hash->pending[LENGTH_OFFSET + i] = (u8)(bits >> (56 - 8 * i));
  compress(hash->state, hash->pending);

  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 4; j++)
      digest[4 * i + j] = (u8)(hash->state[i] >> (24 - 8 * j));
}
