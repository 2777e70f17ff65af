import { expect, it } from "vitest";
import { GuestTrap } from "../../../shared/recompiler/machine.ts";
import type { DecodedInstruction } from "../../../shared/recompiler/oracle/machine.ts";
import { emptyRegisters } from "../../../shared/recompiler/register-file.ts";
import { judge } from "../../../shared/recompiler/validation/judge.ts";
import type { ReferenceRun } from "../../../shared/recompiler/validation/reference.ts";

const WAS_AT = 0x00400010;
const ELSEWHERE = 0x00400020;

const reference = (stop: ReferenceRun["stop"]): ReferenceRun => ({
  stop,
  registers: emptyRegisters(),
  instructions: 100,
  depth: 0,
  asked: [],
  visited: [{ address: WAS_AT } as DecodedInstruction],
  functions: new Set(),
  hasLeft: false,
});

it.each([
  ["where the reference was too, tells nothing", WAS_AT, { kind: "returned" }, "inconclusive"],
  [
    "where the reference trapped, tells nothing",
    ELSEWHERE,
    { kind: "trap", trap: new GuestTrap("unknown_target", ELSEWHERE) },
    "inconclusive",
  ],
  ["at a place that is not known, tells nothing", undefined, { kind: "returned" }, "inconclusive"],
  ["where the reference never was, differs", ELSEWHERE, { kind: "returned" }, "differs"],
] as const)("lifted code that stops for want of a translation %s", (_, address, stop, verdict) => {
  const end = { kind: "trap", trap: "unlifted", address } as const;
  const candidate = { end, registers: emptyRegisters(), syscalls: 0 };
  expect(judge(reference(stop), candidate, true, new Map(), () => undefined).kind).toBe(verdict);
});

it.each([
  [
    "where the reference left by that way, tells nothing",
    ELSEWHERE,
    { kind: "left", target: ELSEWHERE },
    "inconclusive",
  ],
  ["where the reference goes on, tells nothing", WAS_AT, { kind: "returned" }, "inconclusive"],
  ["where the reference never was, differs", ELSEWHERE, { kind: "returned" }, "differs"],
  ["where the reference left for another place, differs", ELSEWHERE, { kind: "left", target: WAS_AT }, "differs"],
] as const)("lifted code that stops because it would return elsewhere %s", (_, address, stop, verdict) => {
  const end = { kind: "trap", trap: "return_elsewhere", address } as const;
  const candidate = { end, registers: emptyRegisters(), syscalls: 0 };
  expect(judge(reference(stop), candidate, true, new Map(), () => undefined).kind).toBe(verdict);
});
