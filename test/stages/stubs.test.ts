import { describe, expect, it } from "vitest";
import type { PlannedFunction } from "../../shared/contracts/program.ts";
import { loadElf } from "../../shared/recompiler/elf/index.ts";
import { hex } from "../../shared/recompiler/machine.ts";
import { discoverFunctions } from "../../shared/recompiler/mips/discover.ts";
import { fromFunction } from "../../shared/stages/program-documents.ts";
import { stubImage } from "../../shared/stages/stubs.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { buildProgram, call, EXIT, lift, link, plan, RETURN, runOf, validate } from "./program.ts";

const LONG: Line[] = [["nop"], ["nop"], ...RETURN];
const source = (endianness: "big" | "little" = "big", body: readonly Line[] = LONG) =>
  buildProgram({ endianness, functions: { _start: [...call("answer"), ...EXIT], answer: body } });

/** How the program ends when `answer` is a stub. */
async function endOf(returns: number | undefined, endianness: "big" | "little" = "big", body: readonly Line[] = LONG) {
  // The exit status has eight bits: what is returned is looked at in the lines that the stub became.
  const stubs = [{ function: "answer", ...(returns === undefined ? {} : { returns }) }];
  const of = await runOf(source(endianness, body), { stubs });
  const planned = await plan(of);
  const traced = of.run.lines.find(({ message }) => message === "program traced")?.fields.end;
  return { of, planned, traced };
}

describe("a stub", () => {
  it("of a plan that says nothing of what it returns returns 0", () => {
    const { bytes } = source();
    const image = loadElf(bytes);
    const [, answer] = discoverFunctions(image).map((each) => fromFunction(each, { treatment: "stub" }));
    expect(stubImage(image, [answer!])).toEqual(stubImage(image, [{ ...answer!, returns: 0 }]));
    expect(stubImage(image, [answer!])).not.toEqual(stubImage(image, [{ ...answer!, returns: 1 }]));
  });

  it.each([
    [0, "exit 0"],
    [undefined, "exit 0"],
    [1, "exit 1"],
    [200, "exit 200"],
    [-1, "exit 255"],
    [0x1234_5678, `exit ${0x78}`],
    [0xffff_ff07, "exit 7"],
  ])("makes the program see what it returns: %s", async (returns, expected) => {
    expect((await endOf(returns)).traced).toBe(expected);
    expect((await endOf(returns, "little")).traced).toBe(expected);
  });

  it.each<[returns: number, words: string]>([
    [0, "03e00008 24020000"],
    [0x7fff, "03e00008 24027fff"],
    [-0x8000, "03e00008 24028000"],
    [-1, "03e00008 2402ffff"],
    [0x8000, "3c020000 03e00008 34428000"],
    [-0x8001, "3c02ffff 03e00008 34427fff"],
    [0x1234_5678, "3c021234 03e00008 34425678"],
    [-0x8000_0000, "3c028000 03e00008 34420000"],
  ])("is the code that returns %i", (returns, words) => {
    for (const endianness of ["big", "little"] as const) {
      const image = loadElf(source(endianness).bytes);
      const planned = discoverFunctions(image).map(
        (each): PlannedFunction =>
          fromFunction(each, each.name === "answer" ? { treatment: "stub", returns } : { treatment: "lift" }),
      );
      const { segments } = stubImage(image, planned);
      const { bytes, address } = segments[0]!;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const from = source().addressOf("answer") - address;
      const found = words.split(" ").map((_, at) => view.getUint32(from + 4 * at, endianness === "little"));
      expect(found.map((word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(words);
    }
  });

  it("is lifted and tested like any other function, and reported as a stub", async () => {
    const { of, planned } = await endOf(9);
    const lifted = await lift(of, planned);
    const linked = await link(of, planned, lifted);
    expect(await of.document(linked.report)).toMatchObject({
      functions: [
        { name: "_start", status: "lifted" },
        { name: "answer", status: "stubbed" },
      ],
    });
    const [tested] = await validate(of, planned, linked);
    expect(tested).toMatchObject({ tested: 2, disproven: 0 });
  });

  it.each<[returns: number, length: number]>([
    [5, 2],
    [0x1_0000, 3],
  ])("needs room: one that returns %i takes %i instructions", async (returns, length) => {
    const of = (count: number) => endOf(returns, "big", [...Array<Line>(count - 2).fill(["nop"]), ...RETURN]);
    expect((await of(length)).traced).toBe(`exit ${returns & 0xff}`);
    if (length === 2) return;
    const address = hex(source().addressOf("answer"));
    await expect(of(length - 1)).rejects.toMatchObject({
      name: "ContractInputMissing",
      message: `config manifest: field stubs: function answer at ${address} has 8 bytes; a stub that returns ${returns} needs 12`,
    });
  });
});
