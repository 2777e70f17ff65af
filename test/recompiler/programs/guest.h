/* The least a freestanding MIPS Linux program needs: system calls, an entry point, memory functions, output. */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define NOINLINE __attribute__((noinline))

static long system_call(long number, long a, long b, long c) {
  register long v0 asm("$2") = number;
  register long a0 asm("$4") = a;
  register long a1 asm("$5") = b;
  register long a2 asm("$6") = c;
  register long a3 asm("$7");
  asm volatile("syscall"
               : "+r"(v0), "=r"(a3)
               : "r"(a0), "r"(a1), "r"(a2)
               : "memory", "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo");
  return a3 ? -v0 : v0;
}

enum { SYS_EXIT = 4001, SYS_READ = 4003, SYS_WRITE = 4004, SYS_BRK = 4045 };

void *memset(void *to, int value, u32 count) {
  u8 *bytes = to;
  while (count--) *bytes++ = value;
  return to;
}

void *memcpy(void *to, const void *from, u32 count) {
  u8 *out = to;
  const u8 *in = from;
  while (count--) *out++ = *in++;
  return to;
}

static u32 length_of(const char *text) {
  u32 length = 0;
  while (text[length]) length++;
  return length;
}

static void write_bytes(const void *bytes, u32 count) {
  const u8 *at = bytes;
  while (count > 0) {
    long done = system_call(SYS_WRITE, 1, (long)at, count);
    if (done <= 0) return;
    at += done;
    count -= done;
  }
}

static void write_text(const char *text) { write_bytes(text, length_of(text)); }

static void write_hex(u32 value) {
  char text[9];
  for (int digit = 0; digit < 8; digit++) text[digit] = "0123456789abcdef"[(value >> (28 - 4 * digit)) & 15];
  text[8] = '\n';
  write_bytes(text, 9);
}

int main(int count, char **args);

__attribute__((used)) void start_with_stack(long *stack) {
  system_call(SYS_EXIT, main(stack[0], (char **)(stack + 1)), 0, 0);
  for (;;) {
  }
}

asm(".text\n.globl __start\n.type __start,@function\n.ent __start\n.set push\n.set noreorder\n__start:\n"
    "lui $25, %hi(start_with_stack)\naddiu $25, $25, %lo(start_with_stack)\nmove $4, $29\nmove $31, $0\n"
    "addiu $29, $29, -32\njr $25\nnop\n.set pop\n.end __start\n.size __start, .-__start\n");
