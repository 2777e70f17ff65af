#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void) {
  int fd = open("bytes", O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0) return 1;
  struct iovec parts[] = {{"abc", 3}, {"defgh", 5}, {"", 0}, {"ij", 2}};
  printf("%zd\n", writev(fd, parts, 4));
  printf("%ld %ld\n", (long)lseek(fd, -4, SEEK_END), (long)lseek(fd, 0, SEEK_CUR));
  char got[8] = {0};
  printf("%zd %s\n", read(fd, got, 7), got);
  printf("%zd %zd %s\n", pwrite(fd, "XY", 2, 1), pread(fd, got, 4, 0), got);
  printf("%d\n", ftruncate(fd, 5));
  int copy = dup(fd);
  printf("%d %ld\n", copy > fd, (long)lseek(copy, 0, SEEK_END));
  close(fd);
  printf("%zd %d\n", write(fd, "x", 1), errno == EBADF);
  close(copy);
  printf("%d %d\n", open("absent", O_RDONLY), errno);
  unlink("bytes");
  return 0;
}
