/* From words to bytecode in one pass. Built-in and defined words are found in one hashed dictionary. */
#include "machine.h"

u8 code[CODE_SIZE];
u32 code_origin[CODE_SIZE];

static u32 code_length;
static const char *source;
static u32 source_length;
static u32 next;

/* Dictionary: buckets of chains, the newest word first, so that a definition may replace an older one. */
enum word_kind { WORD_OPERATION, WORD_UNARY, WORD_BINARY, WORD_STRUCTURE, WORD_DEFINED };
struct word {
  const char *name;
  u32 length;
  enum word_kind kind;
  u32 value;
  struct word *older;
};
enum { BUCKET_COUNT = 64 };
static struct word words[WORD_COUNT];
static u32 word_count;
static struct word *buckets[BUCKET_COUNT];

/* FNV-1a. */
static u32 hash_name(const char *name, u32 length) {
  u32 hash = 2166136261u;
  for (u32 i = 0; i < length; i++)
    hash = (hash ^ (u8)name[i]) * 16777619u;
  return hash % BUCKET_COUNT;
}

static void add_word(const char *name, u32 length, enum word_kind kind, u32 value) {
  if (word_count == WORD_COUNT)
    fail("too many definitions");
  struct word *word = &words[word_count++];
  struct word **bucket = &buckets[hash_name(name, length)];
  *word = (struct word){name, length, kind, value, *bucket};
  *bucket = word;
}

static const struct word *find_word(const char *name, u32 length) {
  for (const struct word *word = buckets[hash_name(name, length)]; word; word = word->older) {
    u32 same = 0;
    while (word->length == length && same < length && word->name[same] == name[same])
      same++;
    if (word->length == length && same == length)
      return word;
  }
  return 0;
}

/* Emission. */
static u32 word_start;

static void emit_byte(u8 byte) {
  if (code_length == CODE_SIZE)
    fail("the program is too long");
  code_origin[code_length] = word_start;
  code[code_length++] = byte;
}

static void write_operand(u32 at, u32 value) { ((struct operand32 *)(code + at))->value = value; }

/* Returns where the operand lies, to be filled in later. */
static u32 emit_operand(enum operation operation, u32 value) {
  emit_byte((u8)operation);
  u32 at = code_length;
  for (u32 i = 0; i < sizeof(struct operand32); i++)
    emit_byte(0);
  write_operand(at, value);
  return at;
}

static void emit_literal(s64 value) {
  emit_byte(OP_LITERAL);
  u32 at = code_length;
  for (u32 i = 0; i < sizeof(struct operand64); i++)
    emit_byte(0);
  ((struct operand64 *)(code + at))->value = value;
}

/* Open structures: what is still to be closed, and the place to patch or to go back to. */
enum structure { IN_DEFINITION, IN_IF, IN_ELSE, IN_BEGIN, IN_WHILE };
static struct {
  enum structure structure;
  u32 address;
} open_structures[64];
static u32 open_count;

static void open_structure(enum structure structure, u32 address) {
  if (open_count == sizeof open_structures / sizeof open_structures[0])
    fail("nested too deep");
  open_structures[open_count].structure = structure;
  open_structures[open_count].address = address;
  open_count++;
}

static int is_innermost(enum structure structure) {
  return open_count > 0 && open_structures[open_count - 1].structure == structure;
}

static u32 close_structure(enum structure structure, const char *complaint) {
  if (!is_innermost(structure))
    fail(complaint);
  return open_structures[--open_count].address;
}

/* Reading. */
static int is_space(char byte) { return (u8)byte <= ' '; }

/* Skips to the next word and returns its length; 0 at the end. */
static u32 next_word(void) {
  while (next < source_length && is_space(source[next]))
    next++;
  word_start = next;
  set_position(word_start);
  while (next < source_length && !is_space(source[next]))
    next++;
  return next - word_start;
}

static void skip_past(char last, const char *complaint) {
  while (next < source_length && source[next] != last)
    next++;
  if (next == source_length && complaint)
    fail(complaint);
  next++;
}

static int digit_value(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return 99;
}

/* Decimal or 0x hexadecimal, with an optional minus: from -2^63 to 2^64 - 1. Whether the word is a number. */
static int read_number(const char *text, u32 length, s64 *number) {
  u32 i = 0;
  int is_negative = text[0] == '-', base = 10;
  i += (u32)is_negative;
  if (length > i + 2 && text[i] == '0' && (text[i + 1] == 'x' || text[i + 1] == 'X')) {
    base = 16;
    i += 2;
  }
  if (i == length)
    return 0;
  u64 value = 0;
  int is_too_large = 0;
  for (; i < length; i++) {
    int digit = digit_value(text[i]);
    if (digit >= base)
      return 0;
    if (value > (~0ull - (u64)digit) / (u64)base)
      is_too_large = 1;
    value = value * (u64)base + (u64)digit;
  }
  if (is_too_large || (is_negative && value > 1ull << 63))
    fail("does not fit in 64 bits");
  *number = is_negative ? -(s64)value : (s64)value;
  return 1;
}

/* Words that act while compiling. */
static void compile_definition(void) {
  if (open_count > 0)
    fail("a definition cannot stand inside another or inside a structure");
  u32 length = next_word();
  s64 number;
  if (length == 0)
    fail("a definition needs a name");
  if (read_number(source + word_start, length, &number))
    fail("a number cannot be a name");
  u32 past_body = emit_operand(OP_JUMP, 0);
  add_word(source + word_start, length, WORD_DEFINED, code_length);
  open_structure(IN_DEFINITION, past_body);
}

static void compile_end_of_definition(void) {
  u32 past_body = close_structure(IN_DEFINITION, "ends a definition, but here none is the innermost");
  emit_byte(OP_RETURN);
  write_operand(past_body, code_length);
}

static void compile_if(void) { open_structure(IN_IF, emit_operand(OP_JUMP_IF_ZERO, 0)); }

static void compile_else(void) {
  u32 past_then = close_structure(IN_IF, "needs an if before it");
  open_structure(IN_ELSE, emit_operand(OP_JUMP, 0));
  write_operand(past_then, code_length);
}

static void compile_then(void) {
  enum structure expected = is_innermost(IN_ELSE) ? IN_ELSE : IN_IF;
  write_operand(close_structure(expected, "needs an if before it"), code_length);
}

static void compile_begin(void) { open_structure(IN_BEGIN, code_length); }

static void compile_until(void) {
  emit_operand(OP_JUMP_IF_ZERO, close_structure(IN_BEGIN, "needs a begin before it"));
}

static void compile_while(void) {
  if (!is_innermost(IN_BEGIN))
    fail("needs a begin before it");
  open_structure(IN_WHILE, emit_operand(OP_JUMP_IF_ZERO, 0));
}

static void compile_repeat(void) {
  u32 past_loop = close_structure(IN_WHILE, "needs a begin and a while before it");
  emit_operand(OP_JUMP, close_structure(IN_BEGIN, "needs a begin before it"));
  write_operand(past_loop, code_length);
}

static void compile_comment(void) { skip_past(')', "the comment has no end"); }
static void compile_line_comment(void) { skip_past('\n', 0); }

static const struct {
  const char *word;
  void (*compile)(void);
} structure_words[] = {
    {":", compile_definition},
    {";", compile_end_of_definition},
    {"if", compile_if},
    {"else", compile_else},
    {"then", compile_then},
    {"begin", compile_begin},
    {"until", compile_until},
    {"while", compile_while},
    {"repeat", compile_repeat},
    {"(", compile_comment},
    {"#", compile_line_comment},
};

static const char *const operation_words[OPERATION_COUNT] = {
#define WORD_OF_OPERATION(operation, word, takes, leaves) [operation] = word,
    OPERATIONS(WORD_OF_OPERATION)
#undef WORD_OF_OPERATION
};

static void fill_dictionary(void) {
  for (u32 i = 0; i < OPERATION_COUNT; i++)
    if (operation_words[i])
      add_word(operation_words[i], string_length(operation_words[i]), WORD_OPERATION, i);
  for (u32 i = 0; i < unary_operator_count; i++)
    add_word(unary_operators[i].word, string_length(unary_operators[i].word), WORD_UNARY, i);
  for (u32 i = 0; i < binary_operator_count; i++)
    add_word(binary_operators[i].word, string_length(binary_operators[i].word), WORD_BINARY, i);
  for (u32 i = 0; i < sizeof structure_words / sizeof structure_words[0]; i++)
    add_word(structure_words[i].word, string_length(structure_words[i].word), WORD_STRUCTURE, i);
}

/* "text": printed when reached. It may hold spaces, so it is cut from the source rather than from the word. */
static void compile_text(void) {
  next = word_start + 1;
  u32 start = next;
  skip_past('"', "the text has no closing quote");
  u32 length = next - 1 - start;
  emit_operand(OP_SAY, length);
  for (u32 i = 0; i < length; i++)
    emit_byte((u8)source[start + i]);
}

static void compile_word(const char *text, u32 length) {
  const struct word *word = find_word(text, length);
  s64 number;
  if (word) {
    switch (word->kind) {
    case WORD_OPERATION:
      emit_byte((u8)word->value);
      return;
    case WORD_UNARY:
      emit_byte(OP_UNARY);
      emit_byte((u8)word->value);
      return;
    case WORD_BINARY:
      emit_byte(OP_BINARY);
      emit_byte((u8)word->value);
      return;
    case WORD_STRUCTURE:
      structure_words[word->value].compile();
      return;
    case WORD_DEFINED:
      emit_operand(OP_CALL, word->value);
      return;
    }
  }
  if (text[0] == '"')
    compile_text();
  else if (read_number(text, length, &number))
    emit_literal(number);
  else
    fail("unknown word");
}

void compile(const char *text, u32 text_length) {
  u32 length;
  source = text;
  source_length = text_length;
  quote_source(text, text_length);
  fill_dictionary();
  while ((length = next_word()) > 0)
    compile_word(source + word_start, length);
  if (open_count > 0)
    give_up("the program ends inside a definition, an if or a begin");
  emit_byte(OP_HALT);
}
