#include "linux.h"

int read_some(int file, void *buffer, size_t size) {
  int count;
  do
    count = linux_call(SYS_READ, file, (int)buffer, (int)size);
  while (count == -E_INTR);
  return count;
}

int write_all(int file, const void *bytes, size_t size) {
  const u8 *next = bytes;
  while (size > 0) {
    int count = linux_call(SYS_WRITE, file, (int)next, (int)size);
    if (count == -E_INTR)
      continue;
    if (count <= 0)
      return count < 0 ? count : -E_IO;
    next += count;
    size -= (size_t)count;
  }
  return 0;
}

static const struct {
  int error;
  const char *text;
} error_texts[] = {
    {E_NOENT, "No such file or directory"},
    {E_IO, "Input/output error"},
    {E_BADF, "Bad file descriptor"},
    {E_ACCES, "Permission denied"},
    {E_NOTDIR, "Not a directory"},
    {E_ISDIR, "Is a directory"},
    {E_MFILE, "Too many open files"},
    {E_NOSPC, "No space left on device"},
    {E_NAMETOOLONG, "File name too long"},
    {E_LOOP, "Too many levels of symbolic links"},
};

const char *error_text(int negated_error) {
  for (size_t i = 0; i < sizeof error_texts / sizeof error_texts[0]; i++)
    if (error_texts[i].error == -negated_error)
      return error_texts[i].text;
  return "Unknown error";
}

size_t string_length(const char *text) {
  size_t length = 0;
  while (text[length])
    length++;
  return length;
}

int strings_are_equal(const char *left, const char *right) {
  while (*left && *left == *right) {
    left++;
    right++;
  }
  return *left == *right;
}

void *memcpy(void *to, const void *from, size_t size) {
  u8 *out = to;
  const u8 *in = from;
  while (size-- > 0)
    *out++ = *in++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  u8 *out = to;
  while (size-- > 0)
    *out++ = (u8)value;
  return to;
}
