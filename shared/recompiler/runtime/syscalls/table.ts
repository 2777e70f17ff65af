/** The o32 system calls of Linux that are there, by number (asm/unistd_o32.h). All others answer ENOSYS. */

import { IDENTITY } from "../identity.ts";
import type { Implementation } from "./call.ts";
import * as files from "./files.ts";
import * as memory from "./memory.ts";
import * as self from "./process.ts";
import * as status from "./status.ts";
import * as time from "./time.ts";

type Row = readonly [number: number, name: string, argumentCount: number, implementation: Implementation];

// biome-ignore format: a table, one row a system call
const ROWS: readonly Row[] = [
  [4001, "exit",              1, self.exit],
  [4003, "read",              3, files.read],
  [4004, "write",             3, files.write],
  [4005, "open",              3, files.open],
  [4006, "close",             1, files.close],
  [4008, "creat",             2, files.creat],
  [4010, "unlink",            1, files.unlink],
  [4013, "time",              1, time.time],
  [4019, "lseek",             3, files.lseek],
  [4020, "getpid",            0, self.answer(IDENTITY.process)],
  [4024, "getuid",            0, self.answer(IDENTITY.user)],
  [4033, "access",            2, files.access],
  [4037, "kill",              2, self.kill],
  [4041, "dup",               1, files.dup],
  [4043, "times",             1, time.times],
  [4045, "brk",               1, memory.brk],
  [4047, "getgid",            0, self.answer(IDENTITY.group)],
  [4049, "geteuid",           0, self.answer(IDENTITY.user)],
  [4050, "getegid",           0, self.answer(IDENTITY.group)],
  [4054, "ioctl",             3, files.ioctl],
  [4055, "fcntl",             3, files.fcntl],
  [4060, "umask",             1, files.umask],
  [4063, "dup2",              2, files.dup2],
  [4064, "getppid",           0, self.answer(IDENTITY.parent)],
  [4076, "getrlimit",         2, self.getrlimit],
  [4078, "gettimeofday",      2, time.gettimeofday],
  [4085, "readlink",          3, files.readlink],
  [4090, "mmap",              6, memory.mmap],
  [4091, "munmap",            2, memory.munmap],
  [4093, "ftruncate",         2, files.ftruncate],
  [4106, "stat",              2, status.stat],
  [4107, "lstat",             2, status.stat],
  [4108, "fstat",             2, status.fstat],
  [4122, "uname",             1, self.uname],
  [4125, "mprotect",          3, memory.mprotect],
  [4140, "_llseek",           5, files.llseek],
  [4145, "readv",             3, files.readv],
  [4146, "writev",            3, files.writev],
  [4147, "cacheflush",        3, memory.cacheflush],
  [4162, "sched_yield",       0, self.succeed],
  [4166, "nanosleep",         2, time.nanosleep],
  [4167, "mremap",            5, memory.mremap],
  [4194, "rt_sigaction",      4, self.rtSigaction],
  [4195, "rt_sigprocmask",    4, self.rtSigprocmask],
  [4200, "pread64",           6, files.pread64],
  [4201, "pwrite64",          6, files.pwrite64],
  [4203, "getcwd",            2, files.getcwd],
  [4206, "sigaltstack",       2, self.succeed],
  [4210, "mmap2",             6, memory.mmap2],
  [4212, "ftruncate64",       4, files.ftruncate64],
  [4213, "stat64",            2, status.stat64],
  [4214, "lstat64",           2, status.stat64],
  [4215, "fstat64",           2, status.fstat64],
  [4218, "madvise",           3, memory.madvise],
  [4220, "fcntl64",           3, files.fcntl],
  [4222, "gettid",            0, self.answer(IDENTITY.process)],
  [4238, "futex",             6, self.futex],
  [4246, "exit_group",        1, self.exit],
  [4252, "set_tid_address",   1, self.answer(IDENTITY.process)],
  [4263, "clock_gettime",     2, time.clockGettime],
  [4264, "clock_getres",      2, time.clockGetres],
  [4266, "tgkill",            3, self.tgkill],
  [4283, "set_thread_area",   1, self.setThreadArea],
  [4288, "openat",            4, files.openat],
  [4293, "fstatat64",         4, status.fstatat64],
  [4294, "unlinkat",          3, files.unlinkat],
  [4298, "readlinkat",        4, files.readlinkat],
  [4300, "faccessat",         3, files.faccessat],
  [4309, "set_robust_list",   2, self.succeed],
  [4338, "prlimit64",         4, self.prlimit64],
  [4353, "getrandom",         3, time.getrandom],
  [4366, "statx",             5, status.statx],
  [4403, "clock_gettime64",   2, time.clockGettime64],
  [4422, "futex_time64",      6, self.futex],
];

export interface SyscallRow {
  readonly number: number;
  readonly name: string;
  readonly argumentCount: number;
  readonly implementation: Implementation;
}

export const SYSCALLS: ReadonlyMap<number, SyscallRow> = new Map(
  ROWS.map(([number, name, argumentCount, implementation]) => [
    number,
    { number, name, argumentCount, implementation },
  ]),
);
