/* sha256sum's everyday use: a line per file, `<hex>  <name>`; standard input for `-` or without arguments. */
#include "sha256.h"

static const char program[] = "sha256";
static u8 input_buffer[65536];
static char line[8192];
static size_t line_length;

static int flush_line(int file) {
  int failure = write_all(file, line, line_length);
  line_length = 0;
  return failure;
}

static void put_byte(int file, char byte) {
  if (line_length == sizeof line)
    flush_line(file);
  line[line_length++] = byte;
}

static void put_text(int file, const char *text) {
  for (; *text; text++)
    put_byte(file, *text);
}

static void complain(const char *subject, const char *reason) {
  put_text(STANDARD_ERROR, program);
  put_text(STANDARD_ERROR, ": ");
  put_text(STANDARD_ERROR, subject);
  put_text(STANDARD_ERROR, ": ");
  put_text(STANDARD_ERROR, reason);
  put_byte(STANDARD_ERROR, '\n');
  flush_line(STANDARD_ERROR);
}

/* A name that would break the line is escaped, and its line starts with a backslash, as coreutils do. */
static const char *escape_of(char byte) {
  switch (byte) {
  case '\\':
    return "\\\\";
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  default:
    return 0;
  }
}

static int print_digest(const u8 digest[SHA256_DIGEST_SIZE], const char *name) {
  static const char digits[] = "0123456789abcdef";
  int is_escaped = 0;
  for (const char *at = name; *at; at++)
    if (escape_of(*at))
      is_escaped = 1;

  if (is_escaped)
    put_byte(STANDARD_OUTPUT, '\\');
  for (int i = 0; i < SHA256_DIGEST_SIZE; i++) {
    put_byte(STANDARD_OUTPUT, digits[digest[i] >> 4]);
    put_byte(STANDARD_OUTPUT, digits[digest[i] & 15]);
  }
  put_text(STANDARD_OUTPUT, "  ");
  for (const char *at = name; *at; at++) {
    const char *escape = escape_of(*at);
    if (escape)
      put_text(STANDARD_OUTPUT, escape);
    else
      put_byte(STANDARD_OUTPUT, *at);
  }
  put_byte(STANDARD_OUTPUT, '\n');
  return flush_line(STANDARD_OUTPUT);
}

/* 0, or 1 after saying what went wrong. */
static int digest_file(const char *name) {
  static struct sha256 hash;
  u8 digest[SHA256_DIGEST_SIZE];
  int is_standard_input = strings_are_equal(name, "-");
  int file = is_standard_input ? STANDARD_INPUT : open_for_reading(name);
  if (file < 0) {
    complain(name, error_text(file));
    return 1;
  }

  int count;
  sha256_start(&hash);
  while ((count = read_some(file, input_buffer, sizeof input_buffer)) > 0)
    sha256_add(&hash, input_buffer, (size_t)count);
  if (!is_standard_input)
    close_file(file);
  if (count < 0) {
    complain(name, error_text(count));
    return 1;
  }

  sha256_finish(&hash, digest);
  int failure = print_digest(digest, name);
  if (failure) {
    complain("write error", error_text(failure));
    linux_exit(1);
  }
  return 0;
}

int main(int argc, char **argv) {
  int first = 1;
  if (argc > 1 && argv[1][0] == '-' && argv[1][1]) {
    if (!strings_are_equal(argv[1], "--")) {
      complain(argv[1], "unknown option (usage: sha256 [--] [FILE | -]...)");
      return 1;
    }
    first = 2;
  }
  if (first >= argc)
    return digest_file("-");

  int status = 0;
  for (int i = first; i < argc; i++)
    status |= digest_file(argv[i]);
  return status;
}
