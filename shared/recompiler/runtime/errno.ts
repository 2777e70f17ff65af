/** Error numbers of Linux on MIPS (asm/errno.h); past 34 they are not those of other machines. */

// biome-ignore format: a table, one row an error
export const ERRNO = {
  EPERM:        1,
  ENOENT:       2,
  ESRCH:        3,
  EINTR:        4,
  EIO:          5,
  ENXIO:        6,
  E2BIG:        7,
  EBADF:        9,
  ECHILD:       10,
  EAGAIN:       11,
  ENOMEM:       12,
  EACCES:       13,
  EFAULT:       14,
  EBUSY:        16,
  EEXIST:       17,
  EXDEV:        18,
  ENODEV:       19,
  ENOTDIR:      20,
  EISDIR:       21,
  EINVAL:       22,
  ENFILE:       23,
  EMFILE:       24,
  ENOTTY:       25,
  EFBIG:        27,
  ENOSPC:       28,
  ESPIPE:       29,
  EROFS:        30,
  EMLINK:       31,
  EPIPE:        32,
  EDOM:         33,
  ERANGE:       34,
  EDEADLK:      45,
  ENAMETOOLONG: 78,
  EOVERFLOW:    79,
  ENOSYS:       89,
  ELOOP:        90,
  ENOTEMPTY:    93,
  ENOTSOCK:     95,
  EOPNOTSUPP:   122,
  EAFNOSUPPORT: 124,
  ETIMEDOUT:    145,
} as const;

export type ErrnoName = keyof typeof ERRNO;

/** A system call that fails: thrown by its implementation or a port, and handed to the guest as an error number. */
export class SyscallError extends Error {
  override readonly name = "SyscallError";
  readonly errno: ErrnoName;
  constructor(errno: ErrnoName) {
    super(errno);
    this.errno = errno;
  }
}

/** The guest's name for an error the host's file system raised; `EIO` for those it has no name for. */
export function errnoOfHostError(error: unknown): ErrnoName {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && Object.hasOwn(ERRNO, code) ? (code as ErrnoName) : "EIO";
}
