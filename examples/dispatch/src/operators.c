/* What `+`, `gcd`, `fib` and the rest compute: reached only through the pointers in the two tables at the end. */
#include "machine.h"

static s64 add(s64 left, s64 right) { return left + right; }
static s64 subtract(s64 left, s64 right) { return left - right; }
static s64 multiply(s64 left, s64 right) { return left * right; }

/* Truncating, as C divides; the one quotient that does not fit wraps. */
static s64 divide(s64 left, s64 right) {
  if (right == 0)
    fail("division by zero");
  return right == -1 ? -left : left / right;
}

static s64 remainder(s64 left, s64 right) {
  if (right == 0)
    fail("division by zero");
  return right == -1 ? 0 : left % right;
}

static s64 divide_unsigned(s64 left, s64 right) {
  if (right == 0)
    fail("division by zero");
  return (s64)((u64)left / (u64)right);
}

static s64 remainder_unsigned(s64 left, s64 right) {
  if (right == 0)
    fail("division by zero");
  return (s64)((u64)left % (u64)right);
}

static s64 power(s64 base, s64 exponent) {
  if (exponent < 0)
    fail("the exponent is negative");
  s64 result = 1;
  for (; exponent > 0; exponent >>= 1, base *= base)
    if (exponent & 1)
      result *= base;
  return result;
}

static s64 greatest_common_divisor(s64 left, s64 right) {
  u64 a = left < 0 ? -(u64)left : (u64)left;
  u64 b = right < 0 ? -(u64)right : (u64)right;
  while (b != 0) {
    u64 rest = a % b;
    a = b;
    b = rest;
  }
  return (s64)a;
}

static s64 smaller(s64 left, s64 right) { return left < right ? left : right; }
static s64 larger(s64 left, s64 right) { return left > right ? left : right; }
static s64 bits_and(s64 left, s64 right) { return left & right; }
static s64 bits_or(s64 left, s64 right) { return left | right; }
static s64 bits_xor(s64 left, s64 right) { return left ^ right; }
static s64 shift_left(s64 left, s64 right) { return (s64)((u64)left << (right & 63)); }
static s64 shift_right(s64 left, s64 right) { return left >> (right & 63); }
static s64 shift_right_unsigned(s64 left, s64 right) { return (s64)((u64)left >> (right & 63)); }
static s64 is_equal(s64 left, s64 right) { return left == right; }
static s64 is_different(s64 left, s64 right) { return left != right; }
static s64 is_less(s64 left, s64 right) { return left < right; }
static s64 is_more(s64 left, s64 right) { return left > right; }
static s64 is_at_most(s64 left, s64 right) { return left <= right; }
static s64 is_at_least(s64 left, s64 right) { return left >= right; }
static s64 is_less_unsigned(s64 left, s64 right) { return (u64)left < (u64)right; }

static u32 ackermann_steps(u32 m, u32 n) {
  if (m == 0)
    return n + 1;
  return ackermann_steps(m - 1, n == 0 ? 1 : ackermann_steps(m, n - 1));
}

static s64 ackermann(s64 m, s64 n) {
  if (m < 0 || m > 3 || n < 0 || n > 8)
    fail("takes 0 to 3 and 0 to 8");
  return ackermann_steps((u32)m, (u32)n);
}

static s64 negate(s64 value) { return -value; }
static s64 magnitude(s64 value) { return value < 0 ? -value : value; }
static s64 complement(s64 value) { return ~value; }
static s64 is_zero(s64 value) { return value == 0; }

static s64 count_bits(s64 value) {
  s64 count = 0;
  for (u64 rest = (u64)value; rest != 0; rest &= rest - 1)
    count++;
  return count;
}

/* The bytes in the opposite order. Read as bytes, so it shows if memory has the order the program was built for. */
static s64 reverse_bytes(s64 value) {
  union {
    s64 value;
    u8 bytes[8];
  } from = {value}, to;
  for (int i = 0; i < 8; i++)
    to.bytes[i] = from.bytes[7 - i];
  return to.value;
}

static s64 square_root(s64 value) {
  if (value < 0)
    fail("the root of a negative number");
  u64 rest = (u64)value, root = 0;
  for (u64 bit = 1ull << 62; bit != 0; bit >>= 2) {
    u64 trial = root + bit;
    root >>= 1;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  return (s64)root;
}

static u64 fibonacci_steps(u32 n) { return n < 2 ? n : fibonacci_steps(n - 1) + fibonacci_steps(n - 2); }

static s64 fibonacci(s64 n) {
  if (n < 0 || n > 40)
    fail("takes 0 to 40");
  return (s64)fibonacci_steps((u32)n);
}

const struct unary_operator unary_operators[] = {
    {"neg", negate},
    {"abs", magnitude},
    {"~", complement},
    {"not", is_zero},
    {"bits", count_bits},
    {"rev", reverse_bytes},
    {"sqrt", square_root},
    {"fib", fibonacci},
};
const u32 unary_operator_count = sizeof unary_operators / sizeof unary_operators[0];

const struct binary_operator binary_operators[] = {
    {"+", add},
    {"-", subtract},
    {"*", multiply},
    {"/", divide},
    {"%", remainder},
    {"u/", divide_unsigned},
    {"u%", remainder_unsigned},
    {"pow", power},
    {"gcd", greatest_common_divisor},
    {"min", smaller},
    {"max", larger},
    {"&", bits_and},
    {"|", bits_or},
    {"^", bits_xor},
    {"<<", shift_left},
    {">>", shift_right},
    {"u>>", shift_right_unsigned},
    {"=", is_equal},
    {"<>", is_different},
    {"<", is_less},
    {">", is_more},
    {"<=", is_at_most},
    {">=", is_at_least},
    {"u<", is_less_unsigned},
    {"ack", ackermann},
};
const u32 binary_operator_count = sizeof binary_operators / sizeof binary_operators[0];
