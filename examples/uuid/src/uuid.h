/* UUIDs of RFC 9562, each in two registers of 64 bits, most significant first. */
#ifndef UUID_H
#define UUID_H

#include "linux.h"

/* Bit-fields begin at the most significant bit on a big-endian machine and at the least on a little-endian one. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FIELDS3(first, second, third) first; second; third;
#define FIELDS4(first, second, third, fourth) first; second; third; fourth;
#else
#define FIELDS3(first, second, third) third; second; first;
#define FIELDS4(first, second, third, fourth) fourth; third; second; first;
#endif

typedef union {
  u64 bits;
  struct {
    FIELDS4(u64 low : 32, u64 middle : 16, u64 version : 4, u64 high : 12)
  } gregorian;
  struct {
    FIELDS4(u64 high : 32, u64 middle : 16, u64 version : 4, u64 low : 12)
  } sorted;
  struct {
    FIELDS3(u64 milliseconds : 48, u64 version : 4, u64 random : 12)
  } unix;
} UuidHigh;

typedef union {
  u64 bits;
  struct {
    FIELDS3(u64 variant : 2, u64 clock : 14, u64 node : 48)
  } node;
} UuidLow;

typedef struct {
  UuidHigh high;
  UuidLow low;
} Uuid;

/* The variant of RFC 9562: binary 10. */
enum { VARIANT_RFC = 2 };

/* 32 hexadecimal digits with four hyphens; 0 when the text is none. */
int read_uuid(const char *text, Uuid *uuid);
void put_uuid(Uuid uuid);
/* What stands in it, on one line. */
void describe_uuid(Uuid uuid);

/* SipHash-2-4 of 128 bits, by Aumasson and Bernstein, under a key of zeros. */
void hash(const void *bytes, u32 size, u64 digest[2]);

/* The next of the sequence SplitMix64, by Steele, Lea and Flood. */
u64 next_random(u64 *state);

Uuid random_uuid(u64 *state);
Uuid timed_uuid(u64 milliseconds, u64 *state);
Uuid named_uuid(const char *name);

#endif
