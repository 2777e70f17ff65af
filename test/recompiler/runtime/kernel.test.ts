import { describe, expect, it } from "vitest";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { REGISTER_COUNT } from "../../../shared/recompiler/register-file.ts";
import { ERRNO, type ErrnoName } from "../../../shared/recompiler/runtime/errno.ts";
import { ExitSignal } from "../../../shared/recompiler/runtime/exit.ts";
import { SIGNAL_RETURN } from "../../../shared/recompiler/runtime/signal-frame.ts";
import { syscallName } from "../../../shared/recompiler/runtime/syscalls/names.ts";
import { SYSCALLS } from "../../../shared/recompiler/runtime/syscalls/table.ts";
import { BUFFER, process } from "./support/kernel.ts";

const O_WRONLY = 1;
const O_RDWR = 2;
const O_APPEND = 0x8;
const O_CREAT = 0x100;
const O_TRUNC = 0x200;
const O_EXCL = 0x400;
const AT_FDCWD = -100;

describe("the system call convention", () => {
  it("answers in v0 and a3 and changes no other register", () => {
    const { call, registers } = process();
    expect(call("getpid")).toBe(1000);
    const changed = Array.from({ length: REGISTER_COUNT }, (_, register) => register).filter(
      (register) => registers[register] !== 0x5a5a5a5a && register !== 29,
    );
    expect(changed).toEqual([2, 7]);
  });

  it("answers ENOSYS to calls that are not there, and counts them", () => {
    const { call, kernel } = process();
    expect([call(4002), call(4120), call(4002)]).toEqual([-89, -89, -89]);
    expect([...kernel.unknownCalls]).toEqual([
      [4002, 2],
      [4120, 1],
    ]);
  });

  it("counts so many different ones that are not there, and no more", () => {
    const { call, kernel } = process();
    for (let number = 5000; number < 6000; number++) call(number);
    call(5000);
    expect(kernel.unknownCalls.size).toBe(256);
    expect(kernel.unknownCalls.get(5000)).toBe(2);
  });

  it("takes the fifth argument and those behind it from the stack", () => {
    const { call, text, textAt } = process({ files: { f: `${"x".repeat(4096)}1234` } });
    const file = call("open", text("f"), 0, 0);
    const [mapPrivate, pages] = [2, 1];
    const address = call("mmap2", 0, 4, 1, mapPrivate, file, pages);
    expect(textAt(address, 4)).toBe("1234");
  });

  it("names calls, those that are not there too", () => {
    expect([4003, 4002, 4435, 9999].map(syscallName)).toEqual(["read", "fork", "clone3", undefined]);
  });

  it("has every row under its own number", () => {
    for (const [number, row] of SYSCALLS) expect(row.number).toBe(number);
    expect(new Set([...SYSCALLS.values()].map(({ name }) => name)).size).toBe(SYSCALLS.size);
  });
});

describe("descriptors", () => {
  it("run out before a file is opened for which none is left: it is neither made nor kept open", () => {
    const { call, text } = process({ files: { f: "" } });
    while (call("open", text("f"), 0, 0) > 0);
    expect(call("open", text("new"), O_WRONLY | O_CREAT, 0o644)).toBe(-ERRNO.EMFILE);
    expect(call("access", text("new"), 0)).toBe(-ERRNO.ENOENT);
    expect(call("close", 5)).toBe(0);
    expect(call("open", text("new"), O_WRONLY | O_CREAT, 0o644)).toBe(5);
  });
});

describe("errors", () => {
  // biome-ignore format: a table, one row a case
  it.each<[string, string, number[], ErrnoName]>([
    ["reading from nowhere",                 "read",        [9, BUFFER, 4],              "EBADF"],
    ["reading to a bad address",             "read",        [0, 0x7fffffff, 4],          "EFAULT"],
    ["writing from a bad address",           "write",       [1, -4, 8],                  "EFAULT"],
    ["writing to standard input",            "write",       [0, BUFFER, 1],              "EBADF"],
    ["reading from standard output",         "read",        [1, BUFFER, 1],              "EBADF"],
    ["opening what is not there",            "open",        [BUFFER, 0, 0],              "ENOENT"],
    ["a path at a bad address",              "open",        [-1, 0, 0],                  "EFAULT"],
    ["opening below an unknown folder",      "openat",      [3, BUFFER, 0, 0],           "EBADF"],
    ["closing twice",                        "close",       [77],                        "EBADF"],
    ["seeking in a pipe",                    "lseek",       [0, 0, 0],                   "ESPIPE"],
    ["a terminal's settings",                "ioctl",       [1, 0x540d, BUFFER],         "ENOTTY"],
    ["an absurd number of vectors",          "writev",      [1, BUFFER, 5000],           "EINVAL"],
    ["an unknown clock",                     "clock_gettime", [99, BUFFER],              "EINVAL"],
    ["a mapping of nothing",                 "mmap",        [0, 0, 3, 0x802, -1, 0],     "EINVAL"],
    ["a mapping larger than memory",         "mmap2",       [0, 0x7ffff000, 3, 0x802, -1, 0], "ENOMEM"],
    ["unmapping off a page",                 "munmap",      [1, 4096],                   "EINVAL"],
    ["a link that is none",                  "readlink",    [BUFFER, BUFFER + 64, 10],   "ENOENT"],
    ["a short buffer for the folder",        "getcwd",      [BUFFER, 1],                 "ERANGE"],
    ["a signal there is not",                "rt_sigaction", [200, 0, 0, 16],            "EINVAL"],
    ["an answer for SIGKILL",                "rt_sigaction", [9, BUFFER, 0, 16],         "EINVAL"],
    ["killing another process",              "kill",        [1, 9],                      "EPERM"],
    ["waiting for a change that came",       "futex",       [BUFFER, 0, 1, 0],           "EAGAIN"],
    ["an unknown request on a descriptor",   "fcntl64",     [1, 99, 0],                  "EINVAL"],
    ["removing what is not there",           "unlink",      [BUFFER],                    "ENOENT"],
  ])("%s", (_, name, args, errno) => {
    const { call, text } = process();
    text("nothing");
    expect(call(name, ...args)).toBe(-ERRNO[errno]);
  });
});

describe("files", () => {
  it("reads standard input piece by piece to its end", () => {
    const { call, textAt } = process({ stdin: "hello" });
    expect([call("read", 0, BUFFER, 3), call("read", 0, BUFFER + 3, 10), call("read", 0, BUFFER, 10)]).toEqual([
      3, 2, 0,
    ]);
    expect(textAt(BUFFER, 5)).toBe("hello");
  });

  it("writes to standard output and error", () => {
    const { call, text, files } = process();
    expect(call("write", 1, text("out"), 3)).toBe(3);
    expect(call("write", 2, text("err"), 3)).toBe(3);
    expect([Buffer.from(files.stdout()).toString(), Buffer.from(files.stderr()).toString()]).toEqual(["out", "err"]);
  });

  it("gathers and scatters vectors", () => {
    const { call, text, memory, files, textAt } = process({ stdin: "abcdef" });
    const vectors = BUFFER + 0x100;
    const words = [text("one,", BUFFER), 4, text("two", BUFFER + 16), 3, 0, 0];
    for (const [index, word] of words.entries()) memory.storeWord(vectors + index * 4, word);
    expect(call("writev", 1, vectors, 3)).toBe(7);
    expect(Buffer.from(files.stdout()).toString()).toBe("one,two");
    expect(call("readv", 0, vectors, 2)).toBe(6);
    expect([textAt(BUFFER, 4), textAt(BUFFER + 16, 2)]).toEqual(["abcd", "ef"]);
  });

  it("writes what is long in pieces, and no more than Linux moves at once", () => {
    const { call, files, memory } = process();
    const pieces: number[] = [];
    files.standardOutput.write = (bytes) => void pieces.push(bytes.length);
    const length = 3 << 20;
    expect(call("brk", 0x20000 + length)).toBe(0x20000 + length);
    for (let index = 0; index < 1024; index++) {
      memory.storeWord(BUFFER + index * 8, 0x20000);
      memory.storeWord(BUFFER + index * 8 + 4, length);
    }
    expect(call("writev", 1, BUFFER, 1024)).toBe(0x7ffff000);
    expect(Math.max(...pieces)).toBe(1 << 20);
    expect(pieces.reduce((sum, each) => sum + each, 0)).toBe(0x7ffff000);
    expect(call("write", 1, 0x20000, length)).toBe(length);
  });

  it("writes a short gathering at once, and what lies before a bad vector", () => {
    const { call, files, memory, text } = process();
    const pieces: number[] = [];
    files.standardOutput.write = (bytes) => void pieces.push(bytes.length);
    text("abcdef", BUFFER + 0x100);
    const vector = (index: number, address: number, length: number) => {
      memory.storeWord(BUFFER + index * 8, address);
      memory.storeWord(BUFFER + index * 8 + 4, length);
    };
    vector(0, BUFFER + 0x100, 4);
    vector(1, BUFFER + 0x104, 2);
    vector(2, 0x7000_0000, 4);
    expect(call("writev", 1, BUFFER, 2)).toBe(6);
    expect(call("writev", 1, BUFFER, 3)).toBe(6);
    expect(pieces).toEqual([6, 6]);
    vector(0, 0x7000_0000, 4);
    expect(call("writev", 1, BUFFER, 2)).toBe(-ERRNO.EFAULT);
    vector(1, BUFFER, -1);
    expect(call("writev", 1, BUFFER, 2)).toBe(-ERRNO.EINVAL);
  });

  it("lets no file grow past what its host has room for", () => {
    const { call, text } = process({ files: { f: "x" } });
    const descriptor = call("open", text("f"), O_RDWR, 0);
    expect(call("ftruncate64", descriptor, 0, 0x100, 0)).toBe(-ERRNO.EFBIG);
    expect(call("ftruncate64", descriptor, 0, -1, -1)).toBe(-ERRNO.EINVAL);
    expect(call("ftruncate", descriptor, -1)).toBe(-ERRNO.EINVAL);
    expect(call("lseek", descriptor, 0x7fff_0000, 0)).toBe(0x7fff_0000);
    expect(call("write", descriptor, BUFFER, 4)).toBe(-ERRNO.EFBIG);
  });

  it("hands out no descriptor below zero", () => {
    const { call } = process();
    const F_DUPFD = 0;
    expect(call("fcntl", 1, F_DUPFD, -5)).toBe(-ERRNO.EINVAL);
    expect(call("fcntl", 1, F_DUPFD, 5000)).toBe(-ERRNO.EINVAL);
  });

  it("opens, seeks, reads and closes a file", () => {
    const { call, text, textAt } = process({ files: { "in.txt": "0123456789" } });
    const file = call("open", text("in.txt"), 0, 0);
    expect(file).toBe(3);
    expect(call("lseek", file, -4, 2)).toBe(6);
    expect(call("read", file, BUFFER, 10)).toBe(4);
    expect(textAt(BUFFER, 4)).toBe("6789");
    expect(call("lseek", file, 2, 0)).toBe(2);
    expect(call("lseek", file, 1, 1)).toBe(3);
    expect(call("lseek", file, 0, 7)).toBe(-ERRNO.EINVAL);
    expect(call("close", file)).toBe(0);
    expect(call("read", file, BUFFER, 1)).toBe(-ERRNO.EBADF);
  });

  it("creates, truncates and appends", () => {
    const { call, text, files } = process({ files: { old: "old content" } });
    const write = (path: string, flags: number, content: string): number => {
      const file = call("openat", AT_FDCWD, text(path), flags, 0o644);
      if (file < 0) return file;
      call("write", file, text(content), content.length);
      return call("close", file);
    };
    expect(write("new", O_WRONLY | O_CREAT, "new")).toBe(0);
    expect(write("old", O_WRONLY | O_APPEND, "+")).toBe(0);
    expect(Buffer.from(files.contentOf("old")!).toString()).toBe("old content+");
    expect(write("old", O_RDWR | O_TRUNC, "x")).toBe(0);
    expect(write("old", O_WRONLY | O_CREAT | O_EXCL, "x")).toBe(-ERRNO.EEXIST);
    expect(["new", "old"].map((path) => Buffer.from(files.contentOf(path)!).toString())).toEqual(["new", "x"]);
    expect(call("unlink", text("old"))).toBe(0);
    expect(files.contentOf("old")).toBeUndefined();
  });

  it("gives the lowest free descriptor, and one position to duplicates", () => {
    const { call, text, textAt } = process({ files: { f: "abcdef" } });
    const first = call("open", text("f"), 0, 0);
    expect(call("dup", first)).toBe(4);
    expect(call("fcntl64", first, 0, 10)).toBe(10);
    call("read", first, BUFFER, 2);
    call("read", 10, BUFFER + 2, 2);
    expect(textAt(BUFFER, 4)).toBe("abcd");
    call("close", first);
    expect(call("read", 4, BUFFER, 2)).toBe(2);
    expect(call("dup2", 4, 3)).toBe(3);
    expect(call("dup2", 4, 5000)).toBe(-ERRNO.EBADF);
  });

  it.each<Endianness>(["big", "little"])("seeks with 64 bits, %s-endian", (endianness) => {
    const { call, text, memory } = process({ endianness, files: { f: "abc" } });
    const file = call("open", text("f"), 0, 0);
    expect(call("_llseek", file, 1, 5, BUFFER, 0)).toBe(0);
    const isBig = endianness === "big";
    expect([memory.loadWord(BUFFER), memory.loadWord(BUFFER + 4)]).toEqual(isBig ? [1, 5] : [5, 1]);
    expect(call("lseek", file, 0, 1)).toBe(-ERRNO.EOVERFLOW);
    const pair = isBig ? [0, 1] : [1, 0];
    expect(call("pread64", file, BUFFER, 10, 0, ...pair)).toBe(2);
    expect(call("_llseek", file, 0, 0, BUFFER, 1)).toBe(0);
    expect(memory.loadWord(BUFFER + (isBig ? 4 : 0))).toBe(5);
  });

  it.each<[string, (file: number, path: number) => [string, ...number[]], number, number]>([
    ["stat", (_, path) => ["stat", path, BUFFER + 64], 48, 4],
    ["fstat", (file) => ["fstat", file, BUFFER + 64], 48, 4],
    ["stat64", (_, path) => ["stat64", path, BUFFER + 64], 56, 8],
    ["fstat64", (file) => ["fstat64", file, BUFFER + 64], 56, 8],
    ["fstatat64", (_, path) => ["fstatat64", AT_FDCWD, path, BUFFER + 64, 0], 56, 8],
    ["statx", (_, path) => ["statx", AT_FDCWD, path, 0, 0x7ff, BUFFER + 64], 40, 8],
  ])("tells a file's size in the place %s has for it", (_, request, offset, width) => {
    const { call, text, memory } = process({ files: { f: "x".repeat(0x1234) } });
    const file = call("open", text("f"), 0, 0);
    const [name, ...args] = request(file, text("f"));
    expect(call(name, ...args)).toBe(0);
    expect(memory.loadWord(BUFFER + 64 + offset + width - 4)).toBe(0x1234);
  });

  it("tells a pipe from a file by its mode", () => {
    const { call, text, memory } = process({ files: { f: "" } });
    const modeOf = (file: number): number => {
      call("fstat64", file, BUFFER + 64);
      return memory.loadWord(BUFFER + 64 + 24) & 0o170000;
    };
    expect([modeOf(0), modeOf(call("open", text("f"), 0, 0))]).toEqual([0o010000, 0o100000]);
  });

  it("names the program behind /proc/self/exe", () => {
    const { call, text, textAt } = process();
    expect(call("readlink", text("/proc/self/exe"), BUFFER + 64, 100)).toBe(12);
    expect(textAt(BUFFER + 64, 12)).toBe("/bin/program");
  });
});

describe("memory", () => {
  it("moves the break", () => {
    const { call, memory } = process();
    const start = call("brk", 0);
    expect(call("brk", start + 0x5000)).toBe(start + 0x5000);
    memory.storeWord(start + 0x4000, 1);
    expect(call("brk", start - 1)).toBe(start + 0x5000);
  });

  it("maps, moves and gives back", () => {
    const { call, memory } = process();
    const first = call("mmap2", 0, 8192, 3, 0x802, -1, 0);
    call("mmap2", 0, 4096, 3, 0x802, -1, 0);
    memory.storeWord(first, 99);
    expect(call("mremap", first, 8192, 16384, 0)).toBe(-ERRNO.ENOMEM);
    const moved = call("mremap", first, 8192, 16384, 1);
    expect(moved).not.toBe(first);
    expect([memory.loadWord(moved), memory.loadWord(moved + 12288)]).toEqual([99, 0]);
    expect(call("munmap", moved, 16384)).toBe(0);
    const second = first + 8192;
    expect([call("mprotect", second, 4096, 1), call("madvise", first, 4096, 4)]).toEqual([0, 0]);
    expect(call("mprotect", first, 4096, 1)).toBe(-ERRNO.ENOMEM);
  });

  it("maps a file as a private copy, and refuses one that would write through", () => {
    const { call, text, textAt } = process({ files: { f: "0123456789" } });
    const file = call("open", text("f"), 0, 0);
    const address = call("mmap", 0, 10, 1, 2, file, 0);
    expect(textAt(address, 10)).toBe("0123456789");
    expect(call("read", file, BUFFER, 2)).toBe(2);
    expect(textAt(BUFFER, 2)).toBe("01");
    expect(call("mmap", 0, 10, 3, 1, file, 0)).toBe(-ERRNO.ENODEV);
  });
});

describe("time and randomness", () => {
  it("tells the time of the clock it was given", () => {
    const { call, memory } = process();
    expect(call("time", BUFFER)).toBe(1_700_000_000);
    expect(memory.loadWord(BUFFER)).toBe(1_700_000_000);
    call("gettimeofday", BUFFER, 0);
    expect([memory.loadWord(BUFFER), memory.loadWord(BUFFER + 4)]).toEqual([1_700_000_000, 125_000]);
    call("clock_gettime", 1, BUFFER);
    expect([memory.loadWord(BUFFER), memory.loadWord(BUFFER + 4)]).toEqual([1_700_000_000, 126_000_000]);
    call("clock_gettime64", 0, BUFFER);
    expect([0, 4, 8, 12].map((at) => memory.loadWord(BUFFER + at))).toEqual([0, 1_700_000_000, 0, 127_000_000]);
    expect(call("times", 0)).toBe(Number(BigInt.asIntN(32, 170_000_000_012n)));
  });

  it("tells processor time by the clock for that", () => {
    const { call, memory, clock } = process();
    clock.now = (which) => (which === "processor" ? 2_500_000_000n : 9_000_000_000_000n);
    for (const number of [2, 3]) {
      call("clock_gettime", number, BUFFER);
      expect([memory.loadWord(BUFFER), memory.loadWord(BUFFER + 4)]).toEqual([2, 500_000_000]);
    }
    call("getrusage", 0, BUFFER);
    expect([memory.loadWord(BUFFER), memory.loadWord(BUFFER + 4)]).toEqual([2, 500_000]);
    expect(call("times", BUFFER)).toBe(900_000);
    expect(memory.loadWord(BUFFER)).toBe(250);
  });

  it("sleeps by the clock it was given", () => {
    const { call, memory } = process();
    memory.storeWord(BUFFER, 5);
    expect(call("nanosleep", BUFFER, 0)).toBe(0);
    expect(call("time", 0)).toBe(1_700_000_005);
    memory.storeWord(BUFFER + 4, -1);
    expect(call("nanosleep", BUFFER, 0)).toBe(-ERRNO.EINVAL);
  });

  it("fills a buffer with random bytes", () => {
    const { call, memory } = process();
    expect(call("getrandom", BUFFER, 16, 0)).toBe(16);
    expect(new Set(memory.readBytes(BUFFER, 16)).size).toBeGreaterThan(8);
    expect(call("getrandom", BUFFER, 0x7fffffff, 0)).toBe(-ERRNO.EFAULT);
  });
});

describe("the process", () => {
  const ending = (name: string, ...args: number[]): unknown => {
    try {
      return process().call(name, ...args);
    } catch (thrown) {
      return thrown;
    }
  };

  // biome-ignore format: a table, one row a case
  it.each<[string, number[], number, string]>([
    ["exit",       [3],             3,       "exit"],
    ["exit_group", [256 + 7],       7,       "exit"],
    ["kill",       [1000, 15],      128 + 15, "signal"],
    ["tgkill",     [1000, 1000, 6], 128 + 6, "signal"],
    ["futex",      [BUFFER, 0, 0, 0], 1,     "deadlock"],
    ["pause",      [],              1,       "deadlock"],
  ])("ends by %s %j", (name, args, status, reason) => {
    const signal = ending(name, ...args);
    expect(signal).toBeInstanceOf(ExitSignal);
    expect(signal).toMatchObject({ status, reason });
  });

  it("goes on after a signal that is ignored", () => {
    const { call, memory } = process();
    expect(call("kill", 1000, 18)).toBe(0);
    memory.storeWord(BUFFER + 4, 1);
    expect(call("rt_sigaction", 15, BUFFER, 0, 16)).toBe(0);
    expect(call("kill", 1000, 15)).toBe(0);
  });

  it("keeps signal actions and masks, and tells the ones before", () => {
    const { call, memory } = process();
    memory.storeWord(BUFFER + 4, 0x400000);
    call("rt_sigaction", 2, BUFFER, 0, 16);
    call("rt_sigaction", 2, 0, BUFFER + 64, 16);
    expect(memory.loadWord(BUFFER + 68)).toBe(0x400000);
    memory.storeWord(BUFFER, 0b0110);
    call("rt_sigprocmask", 1, BUFFER, 0, 16);
    memory.storeWord(BUFFER, 0b0010);
    call("rt_sigprocmask", 2, BUFFER, 0, 16);
    call("rt_sigprocmask", 1, 0, BUFFER + 64, 16);
    expect(memory.loadWord(BUFFER + 64)).toBe(0b0100);
    expect(call("rt_sigprocmask", 1, BUFFER, 0, 8)).toBe(-ERRNO.EINVAL);
  });

  it("has a handler called when the call has ended, and puts back what it was called over", () => {
    const { call, kernel, memory, registers } = process();
    const file = {
      get: (register: number) => registers[register]!,
      set: (register: number, value: number) => {
        registers[register] = value;
      },
    };
    memory.storeWord(BUFFER + 4, 0x400000);
    call("rt_sigaction", 2, BUFFER, 0, 16);
    expect(call("kill", 1000, 2)).toBe(0);
    const pointer = 0x1f000;
    expect([registers[4], registers[25], registers[31]]).toEqual([2, 0x400000, SIGNAL_RETURN]);
    expect(registers[29]).toBeLessThan(pointer);
    registers[16] = 99;
    expect(kernel.handlerReturned(file)).toBeUndefined();
    expect([registers[2], registers[16], registers[29]]).toEqual([0, 0x5a5a5a5a, pointer]);
    expect(() => kernel.handlerReturned(file)).toThrow("has not returned but jumped");
  });

  it("goes nowhere that a handler has set", () => {
    const { call, kernel, memory, registers } = process();
    memory.storeWord(BUFFER + 4, 0x400000);
    call("rt_sigaction", 2, BUFFER, 0, 16);
    call("kill", 1000, 2);
    const programCounter = registers[6]! + 8 + 4;
    memory.storeWord(programCounter, 0x400100);
    const file = { get: (register: number) => registers[register]!, set: () => {} };
    expect(() => kernel.handlerReturned(file)).toThrow("has set where the program goes on");
  });

  it("keeps its thread pointer", () => {
    const { call, kernel } = process();
    expect(call("set_thread_area", 0x12345678)).toBe(0);
    expect(kernel.threadPointer).toBe(0x12345678);
  });

  it("tells its limits and its system", () => {
    const { call, memory, textAt } = process();
    call("getrlimit", 3, BUFFER);
    expect(memory.loadWord(BUFFER)).toBe(0x10000);
    call("prlimit64", 0, 0, 0, BUFFER);
    expect([memory.loadWord(BUFFER), memory.loadWord(BUFFER + 4)]).toEqual([-1, -1]);
    call("uname", BUFFER);
    expect([textAt(BUFFER, 5), textAt(BUFFER + 4 * 65, 4)]).toEqual(["Linux", "mips"]);
  });
});
