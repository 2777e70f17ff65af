import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Capture, CapturedPage, SyscallRecord } from "../../../shared/recompiler/oracle/capture.ts";
import { decodeCaptures, encodeCaptures } from "../../../shared/recompiler/oracle/captures.ts";
import { PAGE_BYTES } from "../../../shared/recompiler/oracle/watched-memory.ts";
import { REGISTER_COUNT } from "../../../shared/recompiler/register-file.ts";

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sparse = (length: number) =>
  fc
    .array(fc.oneof({ arbitrary: fc.constant(0), weight: 5 }, fc.integer({ min: 0, max: 255 })), {
      minLength: length,
      maxLength: length,
    })
    .map((bytes) => Uint8Array.from(bytes));

const page: fc.Arbitrary<CapturedPage> = fc.record({ page: fc.nat(2 ** 24), bytes: sparse(PAGE_BYTES) });
const syscall: fc.Arbitrary<SyscallRecord> = fc.record({
  number: word,
  args: fc.array(word, { maxLength: 4 }),
  result: word,
  errorFlag: fc.constantFrom(0, 1),
  endsProcess: fc.boolean(),
  reads: fc.array(fc.record({ address, length: fc.nat(1000) }), { maxLength: 3 }),
  writes: fc.array(fc.record({ address, bytes: fc.nat(40).chain(sparse) }), { maxLength: 3 }),
  memoryBytes: fc.nat(2 ** 30),
  threadPointer: word,
});
const capture: fc.Arbitrary<Capture> = fc.record({
  address,
  call: fc.integer({ min: 1, max: 2 ** 40 }),
  registers: fc
    .array(word, { minLength: REGISTER_COUNT, maxLength: REGISTER_COUNT })
    .map((all) => Int32Array.from(all)),
  threadPointer: word,
  memoryBytes: fc.nat(2 ** 30),
  pages: fc.array(page, { maxLength: 4 }),
  syscalls: fc.array(syscall, { maxLength: 4 }),
  instructions: fc.nat(2 ** 31 - 1),
  end: fc.constantFrom("returned", "exit", "trap", "left"),
});

describe("captures as bytes", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.array(capture, { maxLength: 4 }), (captures) => {
        expect(decodeCaptures(encodeCaptures(captures))).toEqual(captures);
      }),
    );
  });

  it("are the same bytes after coming back, whether or not captures share their parts", () => {
    fc.assert(
      fc.property(fc.array(capture, { maxLength: 3 }), (captures) => {
        const bytes = encodeCaptures(captures);
        expect(encodeCaptures(decodeCaptures(bytes))).toEqual(bytes);
        expect(encodeCaptures(structuredClone(captures) as Capture[])).toEqual(bytes);
      }),
    );
  });

  it("hold a page that several captures have only once", () => {
    const bytes = Uint8Array.from({ length: PAGE_BYTES }, (_, index) => index + 1);
    const [one] = fc.sample(capture, { numRuns: 1, seed: 1 }) as [Capture];
    const withPage = (call: number): Capture => ({
      ...one,
      registers: new Int32Array(REGISTER_COUNT),
      call,
      pages: [{ page: 7, bytes: bytes.slice() }],
      syscalls: [],
    });
    const single = encodeCaptures([withPage(1)]).length;
    const many = encodeCaptures(Array.from({ length: 10 }, (_, call) => withPage(call + 1))).length;
    expect(many - single).toBeLessThan(9 * PAGE_BYTES);
  });

  it("of the first version, which held 34 registers, come back with the others 0", () => {
    const [one] = fc.sample(capture, { numRuns: 1, seed: 5 }) as [Capture];
    const registers = Int32Array.from(one.registers, (value, slot) => (slot < 34 ? value | 1 : 0));
    const old: Capture = { ...one, address: 1, call: 1, registers, pages: [], syscalls: [] };
    const bytes = encodeCaptures([old]);
    // Mark (4 bytes), version, no contents, no system calls, one capture, its address, its call; then the count of registers.
    expect(bytes[10]).toBe(34);
    const first = Buffer.concat([bytes.subarray(0, 10), bytes.subarray(11)]);
    first[4] = 1;
    expect(decodeCaptures(first)).toEqual([old]);
    first[4] = 3;
    expect(() => decodeCaptures(first)).toThrow("expected version 1 or 2, found version 3");
  });

  it("are refused with one clear error when cut short or damaged, whatever the damage", () => {
    const [one] = fc.sample(capture, { numRuns: 1, seed: 3 }) as [Capture];
    const bytes = encodeCaptures([one]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
        const short = bytes.slice(0, position);
        expect(() => decodeCaptures(short)).toThrow(/^captures: at byte \d+ expected/);
        const damaged = bytes.slice();
        damaged[position] = damaged[position]! ^ change;
        try {
          decodeCaptures(damaged);
        } catch (error) {
          expect((error as Error).message).toMatch(/^captures: at byte \d+ expected/);
        }
      }),
    );
  });

  it("name a file that is something else", () => {
    expect(() => decodeCaptures(Uint8Array.of(1, 2, 3, 4, 5))).toThrow("expected the mark RCAP");
  });
});
