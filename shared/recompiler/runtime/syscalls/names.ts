/** What system calls are called, also those that are not there: for whoever is told of them (asm/unistd_o32.h). */

import { SYSCALLS } from "./table.ts";

// biome-ignore format: a table, by number
const MISSING: ReadonlyMap<number, string> = new Map([
  [4000, "syscall"], [4002, "fork"], [4011, "execve"], [4014, "mknod"], [4017, "break"], [4021, "mount"], [4022, "umount"],
  [4025, "stime"], [4026, "ptrace"], [4030, "utime"], [4031, "stty"], [4032, "gtty"], [4034, "nice"], [4035, "ftime"], [4044, "prof"],
  [4048, "signal"], [4051, "acct"], [4052, "umount2"], [4053, "lock"], [4056, "mpx"], [4058, "ulimit"], [4061, "chroot"],
  [4062, "ustat"], [4066, "setsid"], [4067, "sigaction"], [4068, "sgetmask"], [4069, "ssetmask"], [4070, "setreuid"],
  [4071, "setregid"], [4072, "sigsuspend"], [4073, "sigpending"], [4074, "sethostname"], [4079, "settimeofday"], [4081, "setgroups"],
  [4086, "uselib"], [4087, "swapon"], [4088, "reboot"], [4089, "readdir"], [4096, "getpriority"], [4097, "setpriority"],
  [4098, "profil"], [4101, "ioperm"], [4102, "socketcall"], [4103, "syslog"], [4110, "iopl"], [4111, "vhangup"], [4112, "idle"],
  [4113, "vm86"], [4115, "swapoff"], [4117, "ipc"], [4119, "sigreturn"], [4120, "clone"], [4121, "setdomainname"],
  [4123, "modify_ldt"], [4124, "adjtimex"], [4126, "sigprocmask"], [4127, "create_module"], [4128, "init_module"],
  [4129, "delete_module"], [4130, "get_kernel_syms"], [4131, "quotactl"], [4134, "bdflush"], [4135, "sysfs"], [4136, "personality"],
  [4137, "afs_syscall"], [4138, "setfsuid"], [4139, "setfsgid"], [4148, "cachectl"], [4149, "sysmips"], [4153, "_sysctl"],
  [4156, "mlockall"], [4157, "munlockall"], [4158, "sched_setparam"], [4159, "sched_getparam"], [4160, "sched_setscheduler"],
  [4161, "sched_getscheduler"], [4163, "sched_get_priority_max"], [4164, "sched_get_priority_min"], [4165, "sched_rr_get_interval"],
  [4168, "accept"], [4169, "bind"], [4170, "connect"], [4171, "getpeername"], [4172, "getsockname"], [4173, "getsockopt"],
  [4174, "listen"], [4175, "recv"], [4176, "recvfrom"], [4177, "recvmsg"], [4178, "send"], [4179, "sendmsg"], [4180, "sendto"],
  [4181, "setsockopt"], [4182, "shutdown"], [4184, "socketpair"], [4185, "setresuid"], [4187, "query_module"], [4189, "nfsservctl"],
  [4190, "setresgid"], [4193, "rt_sigreturn"], [4197, "rt_sigtimedwait"], [4198, "rt_sigqueueinfo"], 
  [4204, "capget"], [4205, "capset"], [4208, "getpmsg"], [4209, "putpmsg"], [4216, "pivot_root"], [4224, "setxattr"],
  [4225, "lsetxattr"], [4226, "fsetxattr"], [4227, "getxattr"], [4228, "lgetxattr"], [4229, "fgetxattr"], [4230, "listxattr"],
  [4231, "llistxattr"], [4232, "flistxattr"], [4233, "removexattr"], [4234, "lremovexattr"], [4235, "fremovexattr"],
  [4239, "sched_setaffinity"], [4241, "io_setup"], [4242, "io_destroy"], [4243, "io_getevents"], [4244, "io_submit"],
  [4245, "io_cancel"], [4247, "lookup_dcookie"], [4248, "epoll_create"], [4249, "epoll_ctl"], [4250, "epoll_wait"],
  [4251, "remap_file_pages"], [4253, "restart_syscall"], [4257, "timer_create"], [4258, "timer_settime"], [4259, "timer_gettime"],
  [4260, "timer_getoverrun"], [4261, "timer_delete"], [4262, "clock_settime"], [4268, "mbind"], [4269, "get_mempolicy"],
  [4270, "set_mempolicy"], [4271, "mq_open"], [4272, "mq_unlink"], [4273, "mq_timedsend"], [4274, "mq_timedreceive"],
  [4275, "mq_notify"], [4276, "mq_getsetattr"], [4277, "vserver"], [4278, "waitid"], [4280, "add_key"], [4281, "request_key"],
  [4282, "keyctl"], [4284, "inotify_init"], [4285, "inotify_add_watch"], [4286, "inotify_rm_watch"], [4287, "migrate_pages"],
  [4290, "mknodat"], [4292, "futimesat"], [4303, "unshare"], [4304, "splice"], [4305, "sync_file_range"], [4306, "tee"],
  [4307, "vmsplice"], [4308, "move_pages"], [4310, "get_robust_list"], [4311, "kexec_load"], [4312, "getcpu"], [4313, "epoll_pwait"],
  [4314, "ioprio_set"], [4315, "ioprio_get"], [4317, "signalfd"], [4318, "timerfd"], [4319, "eventfd"], [4320, "fallocate"],
  [4321, "timerfd_create"], [4322, "timerfd_gettime"], [4323, "timerfd_settime"], [4324, "signalfd4"], [4325, "eventfd2"],
  [4326, "epoll_create1"], [4329, "inotify_init1"], [4332, "rt_tgsigqueueinfo"], [4333, "perf_event_open"], [4334, "accept4"],
  [4335, "recvmmsg"], [4336, "fanotify_init"], [4337, "fanotify_mark"], [4339, "name_to_handle_at"], [4340, "open_by_handle_at"],
  [4341, "clock_adjtime"], [4342, "syncfs"], [4343, "sendmmsg"], [4344, "setns"], [4345, "process_vm_readv"],
  [4346, "process_vm_writev"], [4347, "kcmp"], [4348, "finit_module"], [4349, "sched_setattr"], [4350, "sched_getattr"],
  [4352, "seccomp"], [4354, "memfd_create"], [4355, "bpf"], [4356, "execveat"], [4357, "userfaultfd"], [4358, "membarrier"],
  [4359, "mlock2"], [4360, "copy_file_range"], [4361, "preadv2"], [4362, "pwritev2"], [4363, "pkey_mprotect"], [4364, "pkey_alloc"],
  [4365, "pkey_free"], [4368, "io_pgetevents"], [4393, "semget"], [4394, "semctl"], [4395, "shmget"], [4396, "shmctl"],
  [4397, "shmat"], [4398, "shmdt"], [4399, "msgget"], [4400, "msgsnd"], [4401, "msgrcv"], [4402, "msgctl"], [4404, "clock_settime64"],
  [4405, "clock_adjtime64"], [4408, "timer_gettime64"], [4409, "timer_settime64"], [4410, "timerfd_gettime64"],
  [4411, "timerfd_settime64"], [4416, "io_pgetevents_time64"], [4417, "recvmmsg_time64"], [4418, "mq_timedsend_time64"],
  [4419, "mq_timedreceive_time64"], [4420, "semtimedop_time64"], [4421, "rt_sigtimedwait_time64"],
  [4423, "sched_rr_get_interval_time64"], [4424, "pidfd_send_signal"], [4425, "io_uring_setup"], [4426, "io_uring_enter"],
  [4427, "io_uring_register"], [4428, "open_tree"], [4429, "move_mount"], [4430, "fsopen"], [4431, "fsconfig"], [4432, "fsmount"],
  [4433, "fspick"], [4434, "pidfd_open"], [4435, "clone3"], [4437, "openat2"], [4438, "pidfd_getfd"], [4439, "faccessat2"],
  [4440, "process_madvise"], [4441, "epoll_pwait2"], [4442, "mount_setattr"], [4443, "quotactl_fd"], [4444, "landlock_create_ruleset"],
  [4445, "landlock_add_rule"], [4446, "landlock_restrict_self"], [4448, "process_mrelease"], [4449, "futex_waitv"],
  [4450, "set_mempolicy_home_node"],
]);

/** Undefined for numbers that Linux does not know. */
export function syscallName(number: number): string | undefined {
  return SYSCALLS.get(number)?.name ?? MISSING.get(number);
}
