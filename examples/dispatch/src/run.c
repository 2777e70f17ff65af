/* The interpreter: one dense switch; definitions call back into it, so guest calls nest as C calls do. */
#include "machine.h"

static s64 stack[STACK_SIZE];
static u32 depth;
static u32 call_depth;

/* A cell as a file would hold it: nothing in it is aligned. */
struct __attribute__((packed)) cell {
  u8 is_set;
  s64 value;
};
static struct cell cells[CELL_COUNT];

static const struct {
  u8 takes;
  u8 leaves;
} effects[OPERATION_COUNT] = {
#define EFFECT_OF_OPERATION(operation, word, takes, leaves) [operation] = {takes, leaves},
    OPERATIONS(EFFECT_OF_OPERATION)
#undef EFFECT_OF_OPERATION
};

static void check_stack(enum operation operation) {
  if (depth < effects[operation].takes)
    fail("too few values on the stack");
  if (depth - effects[operation].takes + effects[operation].leaves > STACK_SIZE)
    fail("the stack is full");
}

static struct cell *cell_at(s64 index) {
  if (index < 0 || index >= CELL_COUNT)
    fail("cells are numbered 0 to 255");
  return &cells[index];
}

static s64 fetch(s64 index) {
  const struct cell *cell = cell_at(index);
  if (!cell->is_set)
    fail("nothing was stored in this cell");
  return cell->value;
}

static void store(s64 value, s64 index) {
  struct cell *cell = cell_at(index);
  cell->is_set = 1;
  cell->value = value;
}

static int ascends(s64 left, s64 right) { return left <= right; }
static int descends(s64 left, s64 right) { return left >= right; }

static void sort_stack(int (*is_in_order)(s64 left, s64 right)) {
  for (u32 i = 1; i < depth; i++) {
    s64 value = stack[i];
    u32 at = i;
    for (; at > 0 && !is_in_order(stack[at - 1], value); at--)
      stack[at] = stack[at - 1];
    stack[at] = value;
  }
}

static void print_stack(void) {
  for (u32 i = 0; i < depth; i++) {
    if (i > 0)
      put_byte(' ');
    put_signed(stack[i]);
  }
  put_byte('\n');
}

static u32 operand_at(const u8 *at) { return ((const struct operand32 *)at)->value; }

/* Runs from `at` to the end of the definition. Whether the program has come to its end. */
static int run_from(const u8 *at) {
  s64 value;
  for (;;) {
    enum operation operation = *at;
    set_position(code_origin[at - code]);
    check_stack(operation);
    at++;
    switch (operation) {
    case OP_HALT:
      return 1;
    case OP_LITERAL:
      stack[depth++] = ((const struct operand64 *)at)->value;
      at += sizeof(struct operand64);
      break;
    case OP_UNARY:
      stack[depth - 1] = unary_operators[*at++].apply(stack[depth - 1]);
      break;
    case OP_BINARY:
      value = binary_operators[*at++].apply(stack[depth - 2], stack[depth - 1]);
      depth--;
      stack[depth - 1] = value;
      break;
    case OP_CALL:
      if (call_depth == CALL_DEPTH)
        fail("calls are nested too deep");
      call_depth++;
      if (run_from(code + operand_at(at)))
        return 1;
      call_depth--;
      at += sizeof(struct operand32);
      break;
    case OP_RETURN:
      return call_depth == 0;
    case OP_JUMP:
      at = code + operand_at(at);
      break;
    case OP_JUMP_IF_ZERO:
      at = stack[--depth] == 0 ? code + operand_at(at) : at + sizeof(struct operand32);
      break;
    case OP_SAY:
      put_bytes((const char *)at + sizeof(struct operand32), operand_at(at));
      at += sizeof(struct operand32) + operand_at(at);
      break;
    case OP_DUP:
      stack[depth] = stack[depth - 1];
      depth++;
      break;
    case OP_DROP:
      depth--;
      break;
    case OP_SWAP:
      value = stack[depth - 1];
      stack[depth - 1] = stack[depth - 2];
      stack[depth - 2] = value;
      break;
    case OP_OVER:
      stack[depth] = stack[depth - 2];
      depth++;
      break;
    case OP_ROT:
      value = stack[depth - 3];
      stack[depth - 3] = stack[depth - 2];
      stack[depth - 2] = stack[depth - 1];
      stack[depth - 1] = value;
      break;
    case OP_DEPTH:
      stack[depth] = depth;
      depth++;
      break;
    case OP_CLEAR:
      depth = 0;
      break;
    case OP_SORT:
      sort_stack(ascends);
      break;
    case OP_SORT_DOWN:
      sort_stack(descends);
      break;
    case OP_FETCH:
      stack[depth - 1] = fetch(stack[depth - 1]);
      break;
    case OP_STORE:
      store(stack[depth - 2], stack[depth - 1]);
      depth -= 2;
      break;
    case OP_PRINT:
      put_signed(stack[--depth]);
      put_byte('\n');
      break;
    case OP_PRINT_UNSIGNED:
      put_unsigned((u64)stack[--depth]);
      put_byte('\n');
      break;
    case OP_PRINT_HEX:
      put_hex((u64)stack[--depth]);
      put_byte('\n');
      break;
    case OP_PRINT_CHARACTER:
      put_byte((char)stack[--depth]);
      break;
    case OP_PRINT_STACK:
      print_stack();
      break;
    case OP_NEW_LINE:
      put_byte('\n');
      break;
    default:
      fail("not an operation");
    }
  }
}

void run(void) {
  run_from(code);
  for (u32 i = 0; i < depth; i++) {
    put_signed(stack[i]);
    put_byte('\n');
  }
}
