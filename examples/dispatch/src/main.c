/* A calculator that compiles its program to bytecode first. The program is the arguments, or standard input. */
#include "machine.h"

static char source[SOURCE_SIZE];

static u32 add_to_source(u32 length, const char *bytes, u32 count) {
  if (count > SOURCE_SIZE - length)
    give_up("the program is longer than 32768 bytes");
  memcpy(source + length, bytes, count);
  return length + count;
}

static u32 read_arguments(int argc, char **argv) {
  u32 length = 0;
  for (int i = 1; i < argc; i++) {
    if (i > 1)
      length = add_to_source(length, " ", 1);
    length = add_to_source(length, argv[i], string_length(argv[i]));
  }
  return length;
}

static u32 read_standard_input(void) {
  static char piece[4096];
  u32 length = 0;
  int count;
  while ((count = read_some(STANDARD_INPUT, piece, sizeof piece)) > 0)
    length = add_to_source(length, piece, (u32)count);
  if (count < 0)
    give_up(error_text(count));
  return length;
}

int main(int argc, char **argv) {
  compile(source, argc > 1 ? read_arguments(argc, argv) : read_standard_input());
  run();
  flush_output();
  return 0;
}
