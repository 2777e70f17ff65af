#include <stdio.h>
#include <sys/time.h>
#include <time.h>

int main(void) {
  struct timespec before, after, nap = {0, 5000000};
  printf("%d\n", clock_gettime(CLOCK_MONOTONIC, &before));
  printf("%d\n", nanosleep(&nap, NULL));
  clock_gettime(CLOCK_MONOTONIC, &after);
  long passed = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
  printf("%d %d\n", passed >= 4, time(NULL) > 1600000000);
  struct timeval now;
  printf("%d %d\n", gettimeofday(&now, NULL), now.tv_usec < 1000000);
  printf("%d\n", clock() >= 0);
  return 0;
}
