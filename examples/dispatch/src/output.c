#include "machine.h"

static char buffer[4096];
static u32 buffered;
static const char *quoted_source;
static u32 quoted_length;
static u32 position;

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

void put_bytes(const char *bytes, u32 length) {
  for (u32 i = 0; i < length; i++)
    put_byte(bytes[i]);
}

void put_text(const char *text) { put_bytes(text, string_length(text)); }

void put_unsigned(u64 value) {
  char digits[20];
  u32 count = 0;
  do
    digits[count++] = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  while (count > 0)
    put_byte(digits[--count]);
}

void put_signed(s64 value) {
  if (value < 0)
    put_byte('-');
  put_unsigned(value < 0 ? -(u64)value : (u64)value);
}

void put_hex(u64 value) {
  put_text("0x");
  for (int shift = 60; shift >= 0; shift -= 4)
    put_byte("0123456789abcdef"[value >> shift & 15]);
}

void quote_source(const char *source, u32 length) {
  quoted_source = source;
  quoted_length = length;
}

void set_position(u32 offset) { position = offset; }

static void put_position(void) {
  u32 line = 1, column = 1, end = position;
  for (u32 i = 0; i < position; i++) {
    column++;
    if (quoted_source[i] == '\n') {
      line++;
      column = 1;
    }
  }
  while (end < quoted_length && (u8)quoted_source[end] > ' ')
    end++;
  put_unsigned(line);
  put_byte(':');
  put_unsigned(column);
  put_text(": ");
  put_bytes(quoted_source + position, end - position);
  put_text(": ");
}

static void finish_message(const char *reason) {
  put_text(reason);
  put_byte('\n');
  write_all(STANDARD_ERROR, buffer, buffered);
  linux_exit(1);
}

void fail(const char *reason) {
  flush_output();
  put_text("dispatch: ");
  put_position();
  finish_message(reason);
  __builtin_unreachable();
}

void give_up(const char *reason) {
  flush_output();
  put_text("dispatch: ");
  finish_message(reason);
  __builtin_unreachable();
}
