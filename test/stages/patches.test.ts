import { describe, expect, it } from "vitest";
import { hex } from "../../shared/recompiler/machine.ts";
import type { ProgramImage } from "../../shared/recompiler/program.ts";
import { loadProgram } from "../../shared/stages/manifests.ts";
import { patchImage } from "../../shared/stages/patches.ts";
import { MEMORY } from "../recompiler/lift/support/guest.ts";
import { buildProgram, call, EXIT, lift, plan, returning, runOf } from "./program.ts";

/** Two segments right behind each other and one apart; the last has zeros behind its bytes. */
const image: ProgramImage = {
  endianness: "big",
  entry: 0x1000,
  segments: [0x1000, 0x1008, 0x2000].map((address) => ({
    address,
    bytes: Uint8Array.from({ length: 8 }, (_, at) => at),
    memorySize: address === 0x2000 ? 16 : 8,
    isExecutable: true,
    isWritable: false,
  })),
  symbols: [],
  codeRanges: [{ start: 0x1000, end: 0x1010 }],
};
const patched = (...patches: { address: string; bytes: string }[]) =>
  patchImage(image, patches).segments.map(({ bytes }) => Buffer.from(bytes).toString("hex"));
const PLAIN = "0001020304050607";

describe("patches of a config", () => {
  it.each([
    ["the first bytes of a segment", 0x1000, "aabb", ["aabb020304050607", PLAIN, PLAIN]],
    ["its last byte", 0x1007, "aa", ["00010203040506aa", PLAIN, PLAIN]],
    ["the whole of it", 0x1008, "aaaaaaaaaaaaaaaa", [PLAIN, "aaaaaaaaaaaaaaaa", PLAIN]],
    ["the first of the next", 0x1008, "aa", [PLAIN, "aa01020304050607", PLAIN]],
    ["the last segment", 0x2003, "ffee", [PLAIN, PLAIN, "000102ffee050607"]],
  ])("write over %s", (_where, address, bytes, expected) => {
    expect(patched({ address: hex(address), bytes })).toEqual(expected);
  });

  it("are applied in their order", () => {
    const one = { address: "0x1000", bytes: "aaaa" };
    const other = { address: "0x1001", bytes: "bbbb" };
    expect(patched(one, other)[0]).toBe("aabbbb0304050607");
    expect(patched(other, one)[0]).toBe("aaaabb0304050607");
  });

  it("leave the image that was read alone: other runs in the process share it", () => {
    patched({ address: "0x1000", bytes: "ffff" });
    expect(Buffer.from(image.segments[0]!.bytes).toString("hex")).toBe(PLAIN);
  });

  it("change nothing but bytes, and nothing at all where there are none", () => {
    expect(patchImage(image, [])).toBe(image);
    const { segments: _segments, ...rest } = image;
    expect(patchImage(image, [{ address: "0x1000", bytes: "00" }])).toMatchObject(rest);
  });

  it.each([
    ["before any segment", 0xfff, "aa"],
    ["begins before one", 0xfff, "aabb"],
    ["runs over its end into the next", 0x1007, "aabb"],
    ["behind a segment", 0x1010, "aa"],
    ["in zeros that the file does not hold", 0x2008, "aa"],
    ["ends in such zeros", 0x2007, "aabb"],
  ])("are refused %s, and which patch it is", (_why, address, bytes) => {
    const act = () => patched({ address: "0x1000", bytes: "00" }, { address: hex(address), bytes });
    expect(act).toThrow(
      `config manifest: field patches.1: expected ${bytes.length / 2} bytes at ${hex(address)} inside one segment of the file, found none that holds them`,
    );
    expect(act).toThrow(expect.objectContaining({ name: "ContractInputMissing" }));
  });
});

describe("a run with patches", () => {
  const source = buildProgram({
    functions: { _start: [...call("answer"), ...EXIT], answer: returning(42) },
    words: () => [7],
  });
  const answer = source.addressOf("answer");

  it("traces, lifts and tests the patched program", async () => {
    // addiu v0, zero, 43
    const patches = [{ address: hex(answer + 4), bytes: "2402002b" }];
    const patchedRun = await runOf(source, { patches });
    const planned = await plan(patchedRun);
    expect(patchedRun.run.lines.find(({ message }) => message === "program traced")?.fields.end).toBe("exit 43");
    const plain = await runOf(source);
    const [shard] = await lift(patchedRun, planned);
    const [other] = await lift(plain, await plan(plain));
    expect(shard!.module).not.toBe(other!.module);
  });

  it("reads the binary as it is where the config has none", async () => {
    const { run, submission } = await runOf(source, { patches: [{ address: hex(MEMORY), bytes: "00000008" }] });
    const from = { artifacts: run.stores.artifacts, cache: new Map() };
    const { image: changed } = await loadProgram(from, submission);
    expect([...changed.segments[1]!.bytes]).toEqual([0, 0, 0, 8]);
  });

  it("is refused in Plan where a patch is outside", async () => {
    const outside = await runOf(source, { patches: [{ address: hex(MEMORY + 4), bytes: "00" }] });
    await expect(plan(outside)).rejects.toThrow("field patches.0: expected 1 bytes at 0x00410004");
  });
});
