import { describe, expect, it } from "vitest";
import type { TrapKind } from "../../../shared/recompiler/machine.ts";
import { signalName, signalOf } from "../../../shared/recompiler/runtime/signals.ts";

const AT = 0x400000;
const nothing = () => undefined;

// biome-ignore format: a table, one row a case
it.each<[string, TrapKind, number | undefined, string]>([
  ["an access outside the memory",   "memory_fault",         AT,        "SIGSEGV"],
  ["a stack that is used up",        "stack_exhausted",      undefined, "SIGSEGV"],
  ["a misaligned access",            "address_error",        AT,        "SIGBUS"],
  ["an overflow of add",             "integer_overflow",     AT,        "SIGFPE"],
  ["a word that is no instruction",  "reserved_instruction", AT,        "SIGILL"],
  ["a jump through a null pointer",  "unknown_target",       0,         "SIGSEGV"],
  ["a jump outside the memory",      "unknown_target",       AT,        "SIGSEGV"],
  ["a jump to no word",              "unknown_target",       AT + 2,    "SIGBUS"],
  ["a breakpoint nobody can read",   "breakpoint",           undefined, "SIGTRAP"],
])("%s ends a program", (_, kind, address, name) => {
  expect(signalName(signalOf({ kind, address }, nothing) ?? 0)).toBe(name);
});

describe("the code of a trap tells what it is", () => {
  // biome-ignore format: a table, one row a word: break and teq as binutils assembles them
  it.each<[string, TrapKind, number, string]>([
    ["break",          "breakpoint", 0x0000000d, "SIGTRAP"],
    ["break 7",        "breakpoint", 0x0007000d, "SIGFPE"],
    ["break 0,7",      "breakpoint", 0x000001cd, "SIGFPE"],
    ["break 6",        "breakpoint", 0x0006000d, "SIGFPE"],
    ["break 512",      "breakpoint", 0x0200000d, "SIGTRAP"],
    ["teq a0,zero,7",  "trap",       0x008001f4, "SIGFPE"],
    ["teq a0,zero,6",  "trap",       0x008001b4, "SIGFPE"],
    ["teq a0,zero",    "trap",       0x00800034, "SIGTRAP"],
    ["tne a0,a1,12",   "trap",       0x00850336, "SIGTRAP"],
    ["teqi a0,7",      "trap",       0x048c0007, "SIGTRAP"],
    ["teqi a0,0x1c0",  "trap",       0x048c01c0, "SIGTRAP"],
  ])("%s", (_, kind, word, name) => {
    expect(signalName(signalOf({ kind, address: AT }, () => word) ?? 0)).toBe(name);
  });
});

it("code that is there and was not lifted is no fault of the program's", () => {
  expect(signalOf({ kind: "unlifted", address: AT }, () => 0)).toBeUndefined();
  expect(signalOf({ kind: "unknown_target", address: AT }, () => 0)).toBeUndefined();
});

it("signals have the numbers of MIPS", () => {
  expect([6, 10, 16, 40].map(signalName)).toEqual(["SIGABRT", "SIGBUS", "SIGUSR1", "signal 40"]);
});
