#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void) {
  struct rlimit limit;
  printf("%d %d\n", getrlimit(RLIMIT_NOFILE, &limit), limit.rlim_cur > 0);
  printf("%ld %d\n", sysconf(_SC_PAGESIZE), sysconf(_SC_OPEN_MAX) > 0);
  struct utsname name;
  printf("%d %d\n", uname(&name), name.sysname[0] == 'L');
  printf("%d %d\n", getpid() > 0, getppid() >= 0);
  umask(027);
  printf("%o\n", umask(0));
  return 0;
}
