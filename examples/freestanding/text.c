#include "text.h"

static char buffer[4096];
static u32 buffered;

void flush_output(void) {
  if (write_all(STANDARD_OUTPUT, buffer, buffered) != 0)
    linux_exit(1);
  buffered = 0;
}

void put_byte(char byte) {
  if (buffered == sizeof buffer)
    flush_output();
  buffer[buffered++] = byte;
}

void put_text(const char *text) {
  while (*text)
    put_byte(*text++);
}

void put_padded(u64 value, int digits) {
  char reversed[20];
  int count = 0;
  do
    reversed[count++] = (char)('0' + value % 10);
  while ((value /= 10) > 0 || count < digits);
  while (count > 0)
    put_byte(reversed[--count]);
}

void put_unsigned(u64 value) { put_padded(value, 1); }

void put_hex(u64 value, int digits) {
  while (digits-- > 0)
    put_byte("0123456789abcdef"[value >> (4 * digits) & 15]);
}

void fail(const char *program, const char *reason, const char *subject) {
  flush_output();
  put_text(program);
  put_text(": ");
  put_text(reason);
  put_text(": ");
  put_text(subject);
  put_byte('\n');
  write_all(STANDARD_ERROR, buffer, buffered);
  linux_exit(1);
}

int read_unsigned(const char *text, u64 limit, u64 *value) {
  u64 read = 0;
  if (!*text)
    return 0;
  for (; *text; text++) {
    u64 digit = (u64)(*text - '0');
    if (digit > 9 || digit > limit || read > (limit - digit) / 10)
      return 0;
    read = read * 10 + digit;
  }
  *value = read;
  return 1;
}
