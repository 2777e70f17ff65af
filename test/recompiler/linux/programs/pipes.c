#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  int ends[2];
  char got[16] = {0};
  printf("%d\n", pipe(ends));
  printf("%zd %zd %s\n", write(ends[1], "through", 7), read(ends[0], got, 4), got);
  struct pollfd poll_it = {ends[0], POLLIN, 0};
  printf("%d %d\n", poll(&poll_it, 1, 0), poll_it.revents == POLLIN);
  close(ends[1]);
  printf("%zd %zd\n", read(ends[0], got, 16), read(ends[0], got, 16));
  close(ends[0]);
  printf("%d\n", fcntl(ends[0], F_GETFD));
  return 0;
}
