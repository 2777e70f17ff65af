#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t rings;
static void ring(int signal) { (void)signal; rings++; }

int main(void) {
  signal(SIGALRM, ring);
  struct itimerval soon = {{0, 0}, {0, 20000}};
  setitimer(ITIMER_REAL, &soon, NULL);
  pause();
  printf("%d\n", (int)rings);
  printf("%u ", alarm(100));
  printf("%d\n", alarm(0) > 90);
  return 0;
}
