import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import type { TracedRun } from "../../shared/contracts/validation.ts";
import { compareWithReference } from "../../shared/stages/reference-program.ts";
import { ref } from "../kernel/run/events.ts";

const digest = (text: string) => ({ bytes: text.length, sha256: createHash("sha256").update(text).digest("hex") });
const traced = (change: Partial<TracedRun> = {}): TracedRun => ({
  args: ["program", "one", "two words"],
  stdin: "some input",
  end: { kind: "exit", status: 3, reason: "exit" },
  instructions: 10,
  deepest: 1,
  stdout: digest("out\n"),
  stderr: digest(""),
  syscalls: { count: 0, sha256: "0".repeat(64), first: [] },
  functions: [],
  code_flushes: [],
  ...change,
});
const call = { program: "qemu", args: ["-cpu", "24Kf"], binary: ref(9) as ArtifactRef, isChanged: false };

/** What is said where the reference answers so; and what it was asked. */
async function compared(answer: object, change: Partial<TracedRun> = {}, changedCall = {}) {
  const asked: unknown[] = [];
  const io = {
    call: async (request: unknown) => {
      asked.push(request);
      const response = {
        exit_status: 3,
        stdout: "out\n",
        stderr: "",
        program_sha256: "0".repeat(64),
        environment: {},
        ...answer,
      };
      return { response, key: "a/exec/run_0" };
    },
  };
  const found = await compareWithReference(io as never, "run_0", { ...call, ...changedCall }, traced(change));
  return { found, asked };
}

describe("a run under the reference program", () => {
  it("is given the program's file, its arguments and its input", async () => {
    const { found, asked } = await compared({});
    expect(found).toEqual({ program: "qemu", outcome: "agrees" });
    expect(asked).toEqual([
      {
        namespace: "exec",
        name: "run_0",
        request: {
          program: "qemu",
          args: ["-cpu", "24Kf", "./program.elf", "one", "two words"],
          stdin: "some input",
          files: [{ path: "program.elf", artifact: ref(9) }],
        },
      },
    ]);
  });

  const trap = { kind: "trap", trap: "memory_fault", address: "0x00400000", message: "guest memory_fault" } as const;
  const access = {
    kind: "forbidden_access",
    address: "0x00400000",
    accessed: "0x00000008",
    access: "read",
    message: "reads 0x00000008",
  } as const;
  it.each<[string, object, Partial<TracedRun>, object | undefined]>([
    ["another status", { exit_status: 42 }, {}, { what: "end of the program", expected: "exit 42", found: "exit 3" }],
    [
      "death by a signal",
      { exit_status: null, signal: "SIGSEGV" },
      {},
      { expected: "death by SIGSEGV", found: "exit 3" },
    ],
    ["other output", { stdout: "off\n" }, {}, { what: "standard output" }],
    ["other errors", { stderr: "oh" }, {}, { what: "standard error", expected: expect.stringMatching(/^2 bytes/) }],
    [
      "an end where there was a trap",
      { exit_status: 0 },
      { end: trap },
      { expected: "exit 0", found: "guest memory_fault" },
    ],
    [
      "a signal where there was a trap",
      { exit_status: null, signal: "SIGSEGV", stderr: "qemu: signal" },
      { end: trap },
      undefined,
    ],
    ["SIGSEGV where an access was forbidden", { exit_status: 139 }, { end: access }, undefined],
    [
      "another signal there",
      { exit_status: null, signal: "SIGBUS" },
      { end: access },
      { expected: "death by SIGBUS", found: "reads 0x00000008" },
    ],
    ["an end there", { exit_status: 0 }, { end: access }, { expected: "exit 0", found: "reads 0x00000008" }],
    [
      "a signal that it sent itself",
      { exit_status: null, signal: "SIGABRT" },
      { end: { kind: "exit", status: 134, reason: "signal" } },
      undefined,
    ],
  ])("is compared by end and output: %s", async (_, answer, change, difference) => {
    const { found } = await compared(answer, change);
    expect(found.outcome).toBe(difference === undefined ? "agrees" : "differs");
    if (difference !== undefined) expect(found.difference).toMatchObject(difference);
  });

  it.each([
    ["SIGILL", 132],
    ["SIGTRAP", 133],
    ["SIGABRT", 134],
    ["SIGFPE", 136],
    ["SIGBUS", 138],
    ["SIGSEGV", 139],
  ])("agrees where it dies by %s and a shell would show %i", async (signal, status) => {
    const end = { kind: "exit", status, reason: "signal" } as const;
    expect((await compared({ exit_status: null, signal }, { end })).found.outcome).toBe("agrees");
    expect((await compared({ exit_status: status }, { end })).found.outcome).toBe("agrees");
    const other = { ...end, status: status + 1 };
    expect((await compared({ exit_status: null, signal }, { end: other })).found.outcome).toBe("differs");
  });

  it.each([
    [129, "agrees"],
    [128, "differs"],
    [0, "differs"],
  ])("that ended with status %i where the oracle met a trap %s", async (exit_status, outcome) => {
    expect((await compared({ exit_status, stderr: "x" }, { end: trap })).found.outcome).toBe(outcome);
  });

  it("is not made where the oracle was stopped, nor of a program that the config changes", async () => {
    const stopped = await compared({}, { end: { kind: "budget" } });
    expect(stopped.found).toMatchObject({ outcome: "not_compared", reason: expect.stringMatching(/stopped/) });
    const changed = await compared({}, {}, { isChanged: true });
    expect(changed.found).toMatchObject({ outcome: "not_compared", reason: expect.stringMatching(/changes/) });
    expect([...stopped.asked, ...changed.asked]).toEqual([]);
  });
});
