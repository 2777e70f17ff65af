/* Memory, time, and what a process is told of itself. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
  if (result < 0)
    printf("%s: %s\n", what, strerrorname_np(errno));
  else
    printf("%s: %ld\n", what, result);
}

static long long nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(void) {
  char *memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  strcpy(memory, "kept");
  strcpy(memory + 8192, "behind");
  memory = mremap(memory, 3 * 4096, 64 * 4096, MREMAP_MAYMOVE);
  printf("%s %s %d\n", memory, memory + 8192, memory[63 * 4096]);
  say("mprotect", mprotect(memory, 4096, PROT_READ));
  say("mprotect off a page", mprotect(memory + 1, 4096, PROT_READ));
  say("madvise", madvise(memory + 8192, 4096, MADV_DONTNEED));
  printf("%d\n", memory[8192]);
  unsigned char there[4] = {0};
  say("mincore", mincore(memory + 8192, 4096, there));
  say("munmap a part", munmap(memory + 4096, 4096));
  say("munmap again", munmap(memory + 4096, 4096));
  say("munmap the rest", munmap(memory, 64 * 4096));
  say("mmap of nothing", mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
  char *start = sbrk(0);
  say("sbrk", (char *)sbrk(100000) == start && (char *)sbrk(0) == start + 100000);

  struct rlimit limit;
  say("getrlimit", getrlimit(RLIMIT_STACK, &limit));
  printf("%d\n", limit.rlim_cur > 65536);
  say("setrlimit", setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
  struct rusage usage;
  say("getrusage", getrusage(RUSAGE_SELF, &usage));
  say("getrusage of nobody", getrusage(77, &usage));
  struct tms ticks;
  printf("times: %d\n", times(&ticks) != (clock_t)-1);

  long long before = nanoseconds(CLOCK_MONOTONIC);
  struct timespec soon = {0, 3000000};
  say("clock_nanosleep", clock_nanosleep(CLOCK_MONOTONIC, 0, &soon, NULL));
  printf("slept %d\n", nanoseconds(CLOCK_MONOTONIC) - before >= 2900000);
  struct timespec past = {1, 0};
  say("until the past", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL));
  printf("no such time: %s\n", strerrorname_np(clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){0, -1}, NULL)));
  struct timespec resolution;
  say("clock_getres", clock_getres(CLOCK_MONOTONIC, &resolution));
  say("no such clock", clock_getres(77, &resolution));
  struct timeval day;
  gettimeofday(&day, NULL);
  printf("same second: %d\n", (int)(nanoseconds(CLOCK_REALTIME) / 1000000000 - day.tv_sec) <= 1);
  printf("time: %d\n", time(NULL) - day.tv_sec <= 1);

  unsigned char bytes[16] = {0};
  say("getrandom", getrandom(bytes, sizeof bytes, 0));
  struct utsname system;
  uname(&system);
  printf("%s\n", system.sysname);
  struct sysinfo about;
  say("sysinfo", sysinfo(&about));
  printf("%d\n", about.totalram > 0 && about.mem_unit > 0);
  printf("ids: %d %d %d\n", getpid() == gettid(), getuid() == geteuid(), getgid() == getegid());
  uid_t ids[3];
  say("getresuid", getresuid(ids, ids + 1, ids + 2));
  printf("%d\n", ids[0] == getuid() && ids[2] == ids[0]);
  say("setuid", setuid(getuid()));
  char name[17] = "";
  say("PR_SET_NAME", prctl(PR_SET_NAME, "a name that is too long"));
  prctl(PR_GET_NAME, name);
  printf("%s\n", name);
  int word = 5;
  say("FUTEX_WAKE", syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL));
  say("FUTEX_WAIT", syscall(SYS_futex, &word, FUTEX_WAIT, 4, NULL));
  say("FUTEX_WAIT", syscall(SYS_futex, &word, FUTEX_WAIT, 5, &soon));
  say("sched_yield", sched_yield());
  cpu_set_t set;
  say("sched_getaffinity", sched_getaffinity(0, sizeof set, &set));
  printf("%d\n", CPU_COUNT(&set) > 0);
  return 0;
}
