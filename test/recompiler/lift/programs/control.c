#include "start.h"

typedef struct node {
  struct node *left, *right;
  u32 key;
} node;

static node pool[200];
static int used;
static volatile u32 log_of_calls = 1;

static node *insert(node *root, u32 key) {
  if (!root) {
    node *fresh = &pool[used++];
    fresh->key = key;
    return fresh;
  }
  if (key < root->key) root->left = insert(root->left, key);
  else if (key > root->key) root->right = insert(root->right, key);
  return root;
}

static u32 depth(const node *root) {
  if (!root) return 0;
  u32 left = depth(root->left), right = depth(root->right);
  return 1 + (left > right ? left : right);
}

static u32 fold(const node *root, u32 (*step)(u32, u32), u32 value) {
  if (!root) return value;
  return fold(root->right, step, step(fold(root->left, step, value), root->key));
}

static u32 add(u32 a, u32 b) { return a + b; }
static u32 rotate(u32 a, u32 b) { return (a << 7 | a >> 25) ^ b; }
static u32 count(u32 a, u32 b) { log_of_calls += b & 1; return a + 1; }

static u32 (*const steps[])(u32, u32) = {add, rotate, count};

static __attribute__((noinline)) u32 interpret(const u8 *code, u32 value) {
  for (;;) {
    switch (*code++) {
      case 0: return value;
      case 1: value += *code++; break;
      case 2: value *= 3; break;
      case 3: value ^= value >> 5; break;
      case 4: if (value & 1) code++; break;
      case 5: value = ~value; break;
      case 6: value -= 7; /* falls through */
      case 7: value <<= 1; break;
      case 8: value = value / 3 + value % 5; break;
      case 9: code += *code + 1; break;
      case 12: value = rotate(value, 12); break;
      default: value ^= 0x5555; break;
    }
  }
}

static int is_odd(u32 n);
static __attribute__((noinline)) int is_even(u32 n) { return n == 0 ? 1 : is_odd(n - 1); }
static __attribute__((noinline)) int is_odd(u32 n) { return n == 0 ? 0 : is_even(n - 1); }

static __attribute__((noinline)) u32 ackermann(u32 m, u32 n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

/* A loop with two ways in. */
static __attribute__((noinline)) u32 tangled(u32 n, int start_inside) {
  u32 value = 1;
  if (start_inside) goto inside;
top:
  value += n * 3;
inside:
  value ^= value << 3;
  if (n-- > 3) goto top;
  if (n & 1 && n < 100) goto inside;
  return value;
}

static __attribute__((noinline)) u32 collatz(u32 n) {
  u32 length = 0;
  while (n != 1) {
    if (n & 1) {
      n = 3 * n + 1;
      if (length > 500) break;
    } else {
      do {
        n >>= 1;
        length++;
      } while (!(n & 1));
      continue;
    }
    length++;
  }
  return length;
}

static u32 many(u32 a, u32 b, u32 c, u32 d, u32 e, u32 f, u32 g, u32 h) { return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h; }

static void run(void) {
  node *root = 0;
  u32 seed = 1;
  for (int i = 0; i < 150; i++) root = insert(root, (seed = seed * 1103515245 + 12345) >> 16);
  put(depth(root));
  for (int i = 0; i < 3; i++) put(fold(root, steps[i], 17));
  put(log_of_calls);
  static const u8 code[] = {1, 9, 2, 3, 4, 5, 6, 7, 8, 9, 1, 200, 10, 11, 12, 13, 3, 255, 6, 2, 0};
  for (u32 i = 0; i < 20; i++) put(interpret(code, i * 0x1234567));
  put((u32)is_even(1001) * 2 + (u32)is_odd(333));
  put(ackermann(2, 9));
  for (u32 i = 0; i < 12; i++) put(tangled(i, i & 1));
  u32 total = 0;
  for (u32 i = 1; i < 300; i++) total = total * 7 + collatz(i);
  put(total);
  put(many(1, 2, 3, 4, 5, 6, 7, total));
}
