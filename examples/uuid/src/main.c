/* Reads and makes UUIDs. Nothing here looks at a clock or draws a number: the same arguments, the same lines. */
#include "text.h"
#include "uuid.h"

static const char *const USAGE = "\n"
                                 "  uuid show UUID...               what stands in each; lines of standard input without any\n"
                                 "  uuid v4 SEED [COUNT]            random ones\n"
                                 "  uuid v7 MILLISECONDS SEED [COUNT]  of a time since 1970, one millisecond apart\n"
                                 "  uuid v8 NAME...                 of a hash of each name";

static int status;

static void show(const char *text) {
  Uuid uuid;
  if (read_uuid(text, &uuid)) {
    describe_uuid(uuid);
    return;
  }
  put_text(text);
  put_text("  not a UUID\n");
  status = 1;
}

static void show_lines(void) {
  static char line[256], piece[4096];
  u32 length = 0;
  int count;
  while ((count = read_some(STANDARD_INPUT, piece, sizeof piece)) > 0)
    for (int i = 0; i < count; i++) {
      if (piece[i] != '\n') {
        if (length < sizeof line - 1)
          line[length++] = piece[i];
        continue;
      }
      line[length] = 0;
      show(line);
      length = 0;
    }
  if (count < 0)
    fail("uuid", "standard input", error_text(count));
  if (length > 0) {
    line[length] = 0;
    show(line);
  }
}

static u64 number(const char *text, u64 limit) {
  u64 value;
  if (!read_unsigned(text, limit, &value))
    fail("uuid", "not a number, or too large", text);
  return value;
}

static void put_line(Uuid uuid) {
  put_uuid(uuid);
  put_byte('\n');
}

int main(int argc, char **argv) {
  const char *verb = argc > 1 ? argv[1] : "";
  if (strings_are_equal(verb, "show")) {
    if (argc == 2)
      show_lines();
    for (int i = 2; i < argc; i++)
      show(argv[i]);
  } else if (strings_are_equal(verb, "v4") && argc >= 3 && argc <= 4) {
    u64 state = number(argv[2], ~0ULL);
    for (u64 left = argc > 3 ? number(argv[3], 1000000) : 1; left > 0; left--)
      put_line(random_uuid(&state));
  } else if (strings_are_equal(verb, "v7") && argc >= 4 && argc <= 5) {
    u64 time = number(argv[2], (1ULL << 48) - 1), state = number(argv[3], ~0ULL);
    for (u64 left = argc > 4 ? number(argv[4], 1000000) : 1; left > 0; left--)
      put_line(timed_uuid(time++, &state));
  } else if (strings_are_equal(verb, "v8") && argc >= 3) {
    for (int i = 2; i < argc; i++)
      put_line(named_uuid(argv[i]));
  } else {
    fail("uuid", "usage", USAGE);
  }
  flush_output();
  return status;
}
