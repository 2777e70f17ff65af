#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void last(int signal) { (void)signal; puts("aborting"); fflush(stdout); }

int main(void) {
  signal(SIGABRT, last);
  abort();
}
