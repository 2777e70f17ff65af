/*
 * A stack machine on 64-bit integers. The compiler turns words into bytecode, the interpreter runs it: one byte of
 * operation, then its operand where the table says so. Operands are not aligned; every value wraps at 64 bits.
 */
#ifndef DISPATCH_MACHINE_H
#define DISPATCH_MACHINE_H

#include "linux.h"

enum {
  SOURCE_SIZE = 32768,
  CODE_SIZE = 65536,
  STACK_SIZE = 1024,
  CALL_DEPTH = 4096,
  CELL_COUNT = 256,
  WORD_COUNT = 512,
};

/*   operation          word      takes leaves */
#define OPERATIONS(ROW)                                                                                         \
  ROW(OP_HALT,            0,       0, 0)                                                                        \
  ROW(OP_LITERAL,         0,       0, 1)                                                                        \
  ROW(OP_UNARY,           0,       1, 1)                                                                        \
  ROW(OP_BINARY,          0,       2, 1)                                                                        \
  ROW(OP_CALL,            0,       0, 0)                                                                        \
  ROW(OP_RETURN,          "exit",  0, 0)                                                                        \
  ROW(OP_JUMP,            0,       0, 0)                                                                        \
  ROW(OP_JUMP_IF_ZERO,    0,       1, 0)                                                                        \
  ROW(OP_SAY,             0,       0, 0)                                                                        \
  ROW(OP_DUP,             "dup",   1, 2)                                                                        \
  ROW(OP_DROP,            "drop",  1, 0)                                                                        \
  ROW(OP_SWAP,            "swap",  2, 2)                                                                        \
  ROW(OP_OVER,            "over",  2, 3)                                                                        \
  ROW(OP_ROT,             "rot",   3, 3)                                                                        \
  ROW(OP_DEPTH,           "depth", 0, 1)                                                                        \
  ROW(OP_CLEAR,           "clear", 0, 0)                                                                        \
  ROW(OP_SORT,            "sort",  0, 0)                                                                        \
  ROW(OP_SORT_DOWN,       "rsort", 0, 0)                                                                        \
  ROW(OP_FETCH,           "@",     1, 1)                                                                        \
  ROW(OP_STORE,           "!",     2, 0)                                                                        \
  ROW(OP_PRINT,           "p",     1, 0)                                                                        \
  ROW(OP_PRINT_UNSIGNED,  "u",     1, 0)                                                                        \
  ROW(OP_PRINT_HEX,       "x",     1, 0)                                                                        \
  ROW(OP_PRINT_CHARACTER, "c",     1, 0)                                                                        \
  ROW(OP_PRINT_STACK,     "s",     0, 0)                                                                        \
  ROW(OP_NEW_LINE,        "nl",    0, 0)

enum operation {
#define NAME_OPERATION(operation, word, takes, leaves) operation,
  OPERATIONS(NAME_OPERATION)
#undef NAME_OPERATION
  OPERATION_COUNT
};

/* Operands as they lie in the bytecode: at any address, so the compiler reads them with lwl and lwr. */
struct __attribute__((packed)) operand32 {
  u32 value;
};
struct __attribute__((packed)) operand64 {
  s64 value;
};

extern u8 code[CODE_SIZE];
/* Where in the source the operation at the same offset of `code` came from. */
extern u32 code_origin[CODE_SIZE];

/* compile.c */
void compile(const char *source, u32 length);

/* run.c */
void run(void);

/* operators.c */
struct unary_operator {
  const char *word;
  s64 (*apply)(s64 value);
};
struct binary_operator {
  const char *word;
  s64 (*apply)(s64 left, s64 right);
};
extern const struct unary_operator unary_operators[];
extern const u32 unary_operator_count;
extern const struct binary_operator binary_operators[];
extern const u32 binary_operator_count;

/* output.c */
void put_byte(char byte);
void put_text(const char *text);
void put_bytes(const char *bytes, u32 length);
void put_signed(s64 value);
void put_unsigned(u64 value);
void put_hex(u64 value);
void flush_output(void);
/* The source as messages quote it, and the word at work. */
void quote_source(const char *source, u32 length);
void set_position(u32 offset);
/* Writes what was printed so far, then `dispatch: line:column: word: reason` on standard error; exit status 1. */
__attribute__((noreturn)) void fail(const char *reason);
/* The same without a position. */
__attribute__((noreturn)) void give_up(const char *reason);

#endif
