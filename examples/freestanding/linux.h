/*
 * The few o32 Linux system calls the examples need, and the memory functions the compiler expects to find.
 * A call's number goes in $v0 and its arguments in $a0-$a2; $a3 comes back non-zero when $v0 is an error number.
 */
#ifndef FREESTANDING_LINUX_H
#define FREESTANDING_LINUX_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef __SIZE_TYPE__ size_t;

enum { SYS_EXIT = 4001, SYS_READ = 4003, SYS_WRITE = 4004, SYS_OPEN = 4005, SYS_CLOSE = 4006 };
enum { STANDARD_INPUT = 0, STANDARD_OUTPUT = 1, STANDARD_ERROR = 2 };

/* o32's own numbers where they differ from other Linux ports. */
enum { E_NOENT = 2, E_INTR = 4, E_IO = 5, E_BADF = 9, E_ACCES = 13, E_NOTDIR = 20, E_ISDIR = 21 };
enum { E_MFILE = 24, E_NOSPC = 28, E_NAMETOOLONG = 78, E_LOOP = 90 };

/* Returns the result, or the negated error number. */
static inline int linux_call(int number, int first, int second, int third) {
  register int v0 __asm__("$2") = number;
  register int a0 __asm__("$4") = first;
  register int a1 __asm__("$5") = second;
  register int a2 __asm__("$6") = third;
  register int a3 __asm__("$7");
  __asm__ volatile("syscall"
                   : "+r"(v0), "=r"(a3)
                   : "r"(a0), "r"(a1), "r"(a2)
                   : "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo",
                     "memory");
  return a3 ? -v0 : v0;
}

__attribute__((noreturn)) static inline void linux_exit(int status) {
  for (;;)
    linux_call(SYS_EXIT, status, 0, 0);
}

static inline int open_for_reading(const char *path) { return linux_call(SYS_OPEN, (int)path, 0, 0); }

static inline void close_file(int file) { linux_call(SYS_CLOSE, file, 0, 0); }

/* Bytes read, 0 at the end of the file, or the negated error number. */
int read_some(int file, void *buffer, size_t size);

/* 0, or the negated error number. */
int write_all(int file, const void *bytes, size_t size);

const char *error_text(int negated_error);

size_t string_length(const char *text);
int strings_are_equal(const char *left, const char *right);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);

#endif
