/* SHA-256 as FIPS 180-4 describes it, over a message of any length fed in pieces. */
#ifndef SHA256_H
#define SHA256_H

#include "linux.h"

enum { SHA256_BLOCK_SIZE = 64, SHA256_DIGEST_SIZE = 32 };

struct sha256 {
  u32 state[8];
  u64 length;
  u8 pending[SHA256_BLOCK_SIZE];
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const u8 *bytes, size_t size);
void sha256_finish(struct sha256 *hash, u8 digest[SHA256_DIGEST_SIZE]);

#endif
