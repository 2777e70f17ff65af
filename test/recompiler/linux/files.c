/* What a program does to files in its folder, and what it is told of them. */
#define _FILE_OFFSET_BITS 64
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void say(const char *what, long result) {
  if (result < 0)
    printf("%s: %s\n", what, strerrorname_np(errno));
  else
    printf("%s: %ld\n", what, result);
}

static void put(const char *name, const char *text) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  say("put", write(fd, text, strlen(text)));
  close(fd);
}

static void show(const char *name) {
  char text[100];
  int fd = open(name, O_RDONLY);
  if (fd < 0) {
    say(name, -1);
    return;
  }
  int count = read(fd, text, sizeof text - 1);
  text[count < 0 ? 0 : count] = 0;
  printf("%s = \"%s\"\n", name, text);
  close(fd);
}

static int byName(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void list(const char *name) {
  struct dirent **entries;
  int count = scandir(name, &entries, NULL, byName);
  say(name, count);
  for (int i = 0; i < count; i++) printf("  %s %d\n", entries[i]->d_name, entries[i]->d_type);
}

/* The call of old, whose records are of 32 bits; what glibc uses are of 64. */
static void listOld(const char *name) {
  char buffer[64];
  int names = 0, size, calls = 0;
  int fd = open(name, O_RDONLY | O_DIRECTORY);
  while ((size = syscall(SYS_getdents, fd, buffer, sizeof buffer)) > 0) {
    calls++;
    for (int at = 0; at < size; at += *(unsigned short *)(buffer + at + 8)) names++;
  }
  printf("getdents: %d names, %s\n", names, calls > 1 ? "several calls" : "one call");
  say("too small", syscall(SYS_getdents, fd, buffer, 4));
  lseek(fd, 0, SEEK_SET);
  say("too small", syscall(SYS_getdents, fd, buffer, 4));
  say("no folder", syscall(SYS_getdents64, 0, buffer, 64));
  close(fd);
}

static void status(const char *name, int flags) {
  struct stat st;
  struct statx sx;
  if (fstatat(AT_FDCWD, name, &st, flags) < 0) {
    say(name, -1);
    return;
  }
  int isFolder = S_ISDIR(st.st_mode);
  printf("%s: mode %o, links %d, size %d\n", name, st.st_mode, isFolder ? 0 : (int)st.st_nlink,
         isFolder ? 0 : (int)st.st_size);
  statx(AT_FDCWD, name, flags, STATX_BASIC_STATS, &sx);
  printf("  statx agrees: %d\n", sx.stx_mode == st.st_mode && sx.stx_ino == st.st_ino && sx.stx_size == (__u64)st.st_size);
}

int main(void) {
  umask(022);
  say("mkdir", mkdir("d", 0777));
  say("mkdir again", mkdir("d", 0777));
  say("mkdir in nothing", mkdir("none/d", 0777));
  say("mkdirat", mkdirat(AT_FDCWD, "d/e", 0700));
  put("d/one", "first");
  put("d/two", "second file");
  say("link", link("d/one", "d/three"));
  say("link to a link", link("d/one", "d/two"));
  say("symlink", symlink("d/two", "near"));
  say("symlinkat", symlinkat("../d", AT_FDCWD, "d/loop"));
  say("symlink again", symlink("x", "near"));
  list(".");
  list("d");
  list("d/loop/loop/e");
  listOld("d");
  show("near");
  show("d/loop/../d/three");
  status("near", 0);
  status("near", AT_SYMLINK_NOFOLLOW);
  status("d/one", 0);
  status("d/e", 0);
  status("none", 0);
  char target[20] = {0};
  say("readlink", readlink("near", target, sizeof target));
  printf("near -> %s\n", target);
  say("readlink cut", readlink("near", target, 3));
  say("readlink of a file", readlink("d/one", target, 10));
  say("readlinkat none", readlinkat(AT_FDCWD, "none", target, 10));

  say("rename", rename("d/one", "one"));
  say("rename none", rename("none", "one"));
  say("rename to a folder", rename("one", "d"));
  say("rename a folder into itself", rename("d", "d/e/d"));
  say("renameat2 noreplace", renameat2(AT_FDCWD, "one", AT_FDCWD, "near", RENAME_NOREPLACE));
  say("renameat", renameat(AT_FDCWD, "one", AT_FDCWD, "d/two"));
  show("near");
  say("unlink a folder", unlink("d/e"));
  say("rmdir a file", rmdir("d/two"));
  say("rmdir full", rmdir("d"));
  say("unlinkat", unlinkat(AT_FDCWD, "d/e", AT_REMOVEDIR));
  say("unlink", unlink("d/loop"));
  say("unlink none", unlink("none"));

  int folder = open("d", O_RDONLY | O_DIRECTORY);
  say("a file as a folder", open("d/two", O_RDONLY | O_DIRECTORY));
  say("a folder to write", open("d", O_WRONLY));
  say("no link", open("near", O_RDONLY | O_NOFOLLOW));
  int below = openat(folder, "below", O_RDWR | O_CREAT | O_EXCL, 0666);
  say("openat", below >= 0 ? 0 : -1);
  say("read of a folder", read(folder, target, 4));
  say("below a file", openat(below, "x", O_RDONLY));
  say("pwrite", pwrite(below, "0123456789", 10, 3));
  say("ftruncate", ftruncate(below, 8));
  say("ftruncate64", ftruncate64(below, 12));
  say("truncate", truncate("d/below", 11));
  say("seek", lseek(below, 0, SEEK_END));
  struct iovec pieces[2] = {{"ab", 2}, {"cde", 3}};
  say("pwritev", pwritev(below, pieces, 2, 1));
  char left[4], right[8] = {0};
  struct iovec rooms[2] = {{left, 4}, {right, 4}};
  say("preadv", preadv(below, rooms, 2, 1));
  printf("%.4s|%.4s\n", left, right);
  say("fsync", fsync(below) | fdatasync(below) | posix_fadvise(below, 0, 0, POSIX_FADV_SEQUENTIAL) | flock(below, LOCK_EX));
  int copy = open("copy", O_RDWR | O_CREAT, 0600);
  off_t from = 1;
  say("sendfile", sendfile(copy, below, &from, 5));
  printf("offset %d\n", (int)from);
  show("copy");
  int waiting = -1;
  lseek(below, 4, SEEK_SET);
  say("FIONREAD", ioctl(below, FIONREAD, &waiting));
  printf("%d\n", waiting);
  say("isatty", isatty(below));

  say("dup3", dup3(below, 20, O_CLOEXEC));
  say("F_GETFD", fcntl(20, F_GETFD) + fcntl(below, F_GETFD));
  say("F_SETFD", fcntl(20, F_SETFD, 0));
  say("F_GETFD", fcntl(20, F_GETFD));
  say("dup3 same", dup3(20, 20, 0));
  say("dup2 same", dup2(20, 20));
  say("F_DUPFD", fcntl(20, F_DUPFD, 30));
  say("F_GETFL", fcntl(20, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK));
  say("F_SETFL", fcntl(below, F_SETFL, O_APPEND));
  say("F_GETFL", (fcntl(20, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK)) == (O_RDWR | O_APPEND));
  struct flock lock = {.l_type = F_WRLCK};
  say("F_SETLK", fcntl(below, F_SETLK, &lock));
  say("F_GETLK", fcntl(below, F_GETLK, &lock));
  printf("%d\n", lock.l_type == F_UNLCK);

  say("chmod", chmod("copy", 0444));
  status("copy", 0);
  say("fchmod", fchmod(copy, 0640));
  status("copy", 0);
  say("chmod none", chmod("none", 0));
  say("access", access("copy", R_OK | W_OK));
  say("access none", faccessat(AT_FDCWD, "none", F_OK, 0));
  struct timespec times[2] = {{1000, 0}, {2000, 500000000}};
  struct stat st;
  say("utimensat", utimensat(AT_FDCWD, "copy", times, 0));
  stat("copy", &st);
  printf("%ld %ld %ld\n", (long)st.st_atime, (long)st.st_mtime, st.st_mtim.tv_nsec);
  times[0].tv_nsec = UTIME_OMIT;
  times[1].tv_sec = 3000;
  say("futimens", futimens(copy, times));
  fstat(copy, &st);
  printf("%ld %ld\n", (long)st.st_atime, (long)st.st_mtime);
  say("chown", chown("copy", -1, -1));
  say("chown none", chown("none", -1, -1));

  char start[1000], inside[1000];
  getcwd(start, sizeof start);
  say("chdir", chdir("d"));
  getcwd(inside, sizeof inside);
  printf("%s %d\n", strrchr(inside, '/'), strlen(inside) > strlen(start));
  show("two");
  show("../copy");
  say("chdir to a file", chdir("two"));
  say("chdir nowhere", chdir("none"));
  say("chdir", chdir(".."));
  say("fchdir", fchdir(folder));
  show("two");
  say("getcwd", getcwd(inside, 2) ? 0 : -1);
  struct statfs space;
  say("statfs", statfs(".", &space));
  printf("%d %d\n", space.f_blocks > 0, space.f_namelen > 0);
  say("fstatfs", fstatfs(folder, &space));
  say("statfs none", statfs("none", &space));

  int ends[2];
  say("pipe2", pipe2(ends, O_NONBLOCK));
  say("read", read(ends[0], target, 4));
  struct pollfd polled[3] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}, {99, POLLIN, 0}};
  say("poll", poll(polled, 3, 0));
  printf("%x %x %x\n", polled[0].revents, polled[1].revents, polled[2].revents);
  say("write", write(ends[1], "abc", 3));
  say("poll", poll(polled, 1, -1));
  say("FIONREAD", ioctl(ends[0], FIONREAD, &waiting));
  printf("%d\n", waiting);
  fd_set set;
  FD_ZERO(&set);
  FD_SET(ends[0], &set);
  say("select", select(ends[0] + 1, &set, NULL, NULL, NULL));
  printf("%d\n", FD_ISSET(ends[0], &set) != 0);
  say("read", read(ends[0], target, 10));
  struct timeval soon = {0, 1000};
  say("select", select(ends[0] + 1, &set, NULL, NULL, &soon));
  printf("%d\n", FD_ISSET(ends[0], &set) != 0);
  close(ends[1]);
  say("read at the end", read(ends[0], target, 10));
  polled[0].revents = 0;
  say("poll", poll(polled, 1, -1));
  printf("%x\n", polled[0].revents);
  say("pipe", pipe(ends));
  say("lseek", lseek(ends[0], 0, SEEK_SET));
  say("write to the wrong end", write(ends[0], "x", 1));
  status("/dev/null", 0);
  int null = open("/dev/null", O_RDWR);
  say("null", write(null, "x", 1));
  say("null", read(null, target, 1));
  say("close_range", syscall(SYS_close_range, 3, -1, 0));
  say("closed", close(20));
  return 0;
}
