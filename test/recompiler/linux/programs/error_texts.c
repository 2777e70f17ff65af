#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  static const int errors[] = {0, ENOENT, EACCES, EINVAL, ENOMEM, ENOSYS, ETIMEDOUT, ELOOP, 9999};
  for (unsigned i = 0; i < sizeof errors / sizeof *errors; i++) printf("%d %s\n", errors[i], strerror(errors[i]));
  printf("%s %s\n", strsignal(SIGSEGV), strsignal(SIGALRM));
  return 0;
}
