/* Code as compilers make it: recursion, tables of functions, switches, 64-bit arithmetic, bit fields, odd addresses. */
#include "guest.h"

struct __attribute__((packed)) Odd {
  u8 tag;
  u32 word;
  u16 half;
  u64 wide;
};

struct Node {
  struct Node *left, *right;
  int key;
  u32 flags : 5, kind : 3, rest : 24;
};

static struct Node pool[512];
static u32 used;

static struct Node *insert(struct Node *tree, int key) {
  if (!tree) {
    struct Node *node = &pool[used++];
    node->key = key;
    node->flags = key;
    node->kind = key >> 5;
    node->rest = key * 2654435761u;
    return node;
  }
  if (key < tree->key) tree->left = insert(tree->left, key);
  else if (key > tree->key) tree->right = insert(tree->right, key);
  else tree->flags++;
  return tree;
}

static u32 walk(const struct Node *tree, int depth) {
  if (!tree) return depth;
  return walk(tree->left, depth + 1) * 31 + tree->key + tree->flags * 7 + tree->kind + tree->rest +
         walk(tree->right, depth + 1) * 17;
}

static int ascending(int a, int b) { return a < b; }
static int descending(int a, int b) { return a > b; }
static int by_low_bits(int a, int b) { return (a & 255) < (b & 255); }
static int (*const orders[])(int, int) = {ascending, descending, by_low_bits};

static NOINLINE void sort(int *values, int low, int high, int (*before)(int, int)) {
  if (low >= high) return;
  int pivot = values[(low + high) / 2], i = low, j = high;
  while (i <= j) {
    while (before(values[i], pivot)) i++;
    while (before(pivot, values[j])) j--;
    if (i <= j) {
      int other = values[i];
      values[i++] = values[j];
      values[j--] = other;
    }
  }
  sort(values, low, j, before);
  sort(values, i, high, before);
}

static NOINLINE u32 interpret(const u8 *code, u32 length, u32 accumulator) {
  for (u32 at = 0; at < length; at++) {
    switch (code[at] & 15) {
      case 0: accumulator += 3; break;
      case 1: accumulator ^= accumulator << 5; break;
      case 2: accumulator = accumulator * 1103515245 + 12345; break;
      case 3: accumulator -= code[at]; break;
      case 4: accumulator = accumulator >> 3 | accumulator << 29; break;
      case 5: if (accumulator & 1) at++; break;
      case 6: accumulator = ~accumulator; break;
      case 7: accumulator = accumulator / (code[at] | 1); break;
      case 8: accumulator = (int)accumulator % ((int)code[at] + 2); break;
      case 9: accumulator += __builtin_clz(accumulator | 1); break;
      case 10: accumulator = __builtin_bswap32(accumulator); break;
      default: accumulator++;
    }
  }
  return accumulator;
}

static NOINLINE u64 power(u64 base, u32 exponent, u64 modulus) {
  u64 result = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) result = result * base % modulus;
    base = base * base % modulus;
  }
  return result;
}

static NOINLINE u32 odd(struct Odd *odds, u32 count) {
  u32 sum = 0;
  for (u32 i = 0; i < count; i++) {
    odds[i].tag = i;
    odds[i].word = i * 0x01020304;
    odds[i].half = i * 0x0506;
    odds[i].wide = (u64)i * 0x0102030405060708ull;
  }
  for (u32 i = 0; i < count; i++) sum = sum * 33 + odds[i].word + odds[i].half + (u32)(odds[i].wide >> 17) + odds[i].tag;
  return sum;
}

static NOINLINE int ackermann(int m, int n) {
  if (m == 0) return n + 1;
  return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

int main(int count, char **args) {
  static int values[300];
  static struct Odd odds[20];
  static u8 code[400];
  u32 state = 12345;
  for (int order = 0; order < 3; order++) {
    for (int i = 0; i < 300; i++) values[i] = (int)(state = state * 1664525 + 1013904223) >> 8;
    sort(values, 0, 299, orders[order]);
    u32 sum = 0;
    for (int i = 0; i < 300; i++) sum = sum * 31 + values[i];
    write_hex(sum);
  }
  struct Node *tree = 0;
  for (int i = 0; i < 400; i++) tree = insert(tree, (state = state * 1664525 + 1013904223) >> 22);
  write_hex(walk(tree, 0));
  for (int i = 0; i < 400; i++) code[i] = (state = state * 1664525 + 1013904223) >> 24;
  for (u32 i = 0; i < 8; i++) write_hex(interpret(code + i, 390, i * 0x11111111));
  u64 result = power(1234567890123456789ull % 4294967291ull, 65537, 4294967291ull);
  write_hex(result >> 32);
  write_hex(result);
  write_hex((u32)((long long)-1234567890123456789ll / 987654321));
  write_hex(odd(odds, 20));
  write_hex(ackermann(2, 9));
  for (int i = 1; i < count; i++) write_text(args[i]), write_text("\n");
  u8 buffer[64];
  u32 total = 0;
  for (long got; (got = system_call(SYS_READ, 0, (long)buffer, sizeof buffer)) > 0;)
    for (long i = 0; i < got; i++) total = total * 257 + buffer[i];
  write_hex(total);
  return total & 63;
}
