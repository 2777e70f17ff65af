/* Handlers, masks, timers; a signal ends it. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int depth;
static int ends[2];
static char alternate[16384];

static void plain(int signal) { printf("plain %d, depth %d\n", signal, ++depth), depth--; }

static void nested(int signal) {
  depth++;
  printf("nested %d, depth %d\n", signal, depth);
  if (depth < 3) raise(signal == SIGUSR1 ? SIGUSR2 : signal);
  printf("back in %d\n", depth);
  depth--;
}

static void detailed(int signal, siginfo_t *information, void *context) {
  ucontext_t *uc = context;
  char here;
  printf("detailed %d %d code %d, own %d, mask %d, stack %d\n", signal, information->si_signo, information->si_code,
         information->si_pid == getpid(), sigismember(&uc->uc_sigmask, SIGHUP),
         &here >= alternate && &here < alternate + sizeof alternate);
}

static void fill(int signal) { printf("fill %d: %d\n", signal, (int)write(ends[1], "abc", 3)); }

static void set(int signal, void (*handler)(int), int flags, int blocked) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigemptyset(&action.sa_mask);
  if (blocked) sigaddset(&action.sa_mask, blocked);
  sigaction(signal, &action, NULL);
}

static void say(const char *what, int result) {
  printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : result ? "some" : "0");
}

int main(void) {
  setvbuf(stdout, NULL, _IONBF, 0);
  signal(SIGUSR1, plain);
  say("raise", raise(SIGUSR1));
  set(SIGUSR1, nested, 0, 0);
  set(SIGUSR2, nested, SA_NODEFER, 0);
  raise(SIGUSR1);
  set(SIGUSR1, nested, 0, SIGUSR2);
  depth = 1;
  raise(SIGUSR1);
  depth = 0;

  struct sigaction action = {.sa_sigaction = detailed, .sa_flags = SA_SIGINFO};
  sigaction(SIGHUP, &action, NULL);
  kill(getpid(), SIGHUP);
  sigset_t mask, before, pending;
  sigemptyset(&mask);
  sigaddset(&mask, SIGHUP);
  sigprocmask(SIG_BLOCK, &mask, &before);
  raise(SIGHUP);
  raise(SIGHUP);
  sigpending(&pending);
  printf("pending %d %d\n", sigismember(&pending, SIGHUP), sigismember(&pending, SIGUSR1));
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
  say("sigaltstack", sigaltstack(&stack, &old));
  printf("before: %d\n", old.ss_flags);
  action.sa_flags |= SA_ONSTACK;
  sigaction(SIGHUP, &action, NULL);
  say("sigsuspend", sigsuspend(&before));
  sigprocmask(SIG_SETMASK, NULL, &pending);
  printf("blocked %d\n", sigismember(&pending, SIGHUP));
  raise(SIGHUP);
  puts("unblock");
  sigprocmask(SIG_SETMASK, &before, NULL);

  set(SIGALRM, plain, SA_RESTART, 0);
  printf("alarm %d\n", alarm(100));
  printf("alarm %d\n", alarm(0));
  struct itimerval timer = {.it_value = {0, 20000}}, left;
  setitimer(ITIMER_REAL, &timer, NULL);
  say("pause", pause());
  setitimer(ITIMER_REAL, &timer, NULL);
  struct timespec second = {5, 0}, rest = {0, 0};
  say("nanosleep", nanosleep(&second, &rest));
  printf("%d\n", (int)rest.tv_sec);
  setitimer(ITIMER_REAL, &timer, NULL);
  say("poll", poll(NULL, 0, -1));
  getitimer(ITIMER_REAL, &left);
  printf("left %d\n", (int)left.it_value.tv_usec);

  pipe(ends);
  char text[4] = "";
  set(SIGALRM, fill, SA_RESTART, 0);
  setitimer(ITIMER_REAL, &timer, NULL);
  say("read", read(ends[0], text, 3));
  puts(text);
  set(SIGALRM, fill, 0, 0);
  setitimer(ITIMER_REAL, &timer, NULL);
  say("read", read(ends[0], text, 3));

  close(ends[0]);
  signal(SIGPIPE, plain);
  say("write", write(ends[1], "x", 1));
  signal(SIGPIPE, SIG_IGN);
  say("write", write(ends[1], "x", 1));
  say("kill another", kill(1 << 22, 0));
  say("kill nothing", kill(getpid(), 0));
  say("no signal", kill(getpid(), 1000));
  set(SIGTERM, plain, SA_RESETHAND, 0);
  raise(SIGTERM);
  raise(SIGTERM);
  puts("not reached");
  return 0;
}
