/* Buffered text on standard output, and numbers read from arguments. */
#ifndef FREESTANDING_TEXT_H
#define FREESTANDING_TEXT_H

#include "linux.h"

void put_byte(char byte);
void put_text(const char *text);
void put_unsigned(u64 value);
/* At least so many digits, zeros in front. */
void put_padded(u64 value, int digits);
void put_hex(u64 value, int digits);

/* Ends the program with status 1 when standard output cannot be written. */
void flush_output(void);

/* Says `PROGRAM: REASON: SUBJECT` on standard error, after what was put before it, and ends with status 1. */
__attribute__((noreturn)) void fail(const char *program, const char *reason, const char *subject);

/* Decimal, the whole text; 0 when it is none or more than the limit. */
int read_unsigned(const char *text, u64 limit, u64 *value);

#endif
