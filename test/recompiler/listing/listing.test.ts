import { describe, expect, it } from "vitest";
import { listFunction } from "../../../shared/recompiler/listing/listing.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import type { Line } from "../lift/support/assemble.ts";
import { type GuestProgram, link, program } from "../lift/support/guest.ts";

const MAIN: readonly Line[] = [
  ["beq", "a0", "zero", ".none"],
  ["addiu", "v0", "zero", 1],
  ["lw", "v0", 4, "a1"],
  ["jr", "ra"],
  ["sw", "v0", 8, "a1"],
  // Nothing leads here.
  ["addu", "t0", "t0", "t0"],
  ".none:",
  ["j", ".other"],
  ["div", "a0", "a2"],
];
const SOURCES = { main: MAIN, other: [["jr", "ra"], ["nop"]] as const };

function listed(source: GuestProgram, name = "main") {
  const { image, layout, functions } = source;
  const fn = functions.find((each) => each.name === name)!;
  const graph = buildControlFlow(image, fn, functions);
  return listFunction({ image, layout, functions, graph, module: link(source).module });
}

describe.each<Endianness>(["big", "little"])("the listing of a function, %s-endian", (endianness) => {
  const source = program(SOURCES, { endianness });
  const { blocks, isAsInModule } = listed(source);
  const code = source.functions[0]!.address;

  it("holds every word of it, in blocks, and says where no way leads", () => {
    expect(blocks.map(({ address, place, assembly }) => [address - code, place, assembly.length])).toEqual([
      [0, "inside", 2],
      [8, "inside", 3],
      [20, "unreached", 1],
      [24, "inside", 2],
    ]);
    expect(blocks.flatMap(({ assembly }) => assembly.map(({ address }) => address - code))).toEqual(
      MAIN.filter((line) => typeof line !== "string").map((_, index) => 4 * index),
    );
  });

  it("shows what the module holds, each instruction with the block that it comes from", () => {
    expect(isAsInModule).toBe(true);
    const [entry, inside, unreached, none] = blocks;
    const has = (block: typeof entry, text: string) => block!.wasm.some((line) => line.text.trim().startsWith(text));
    expect([has(inside, "i32.load"), has(inside, "i32.store"), has(entry, "i32.load")]).toEqual([true, true, false]);
    expect([has(none, "i32.div_s"), has(none, "return_call $other")]).toEqual([true, true]);
    expect(unreached).toMatchObject({ ir: [], wasm: [] });
    expect(inside!.ir.join("\n")).toContain("i32.load");
  });

  it("has every instruction of the body once", () => {
    const offsets = blocks.flatMap(({ wasm }) => wasm.map(({ at }) => at));
    expect(new Set(offsets).size).toBe(offsets.length);
    const { body } = { body: blocks.flatMap(({ wasm }) => wasm).sort((a, b) => a.at - b.at) };
    expect(body.at(-1)!.text).toBe("end");
  });
});

it("other code in the module is told from what the function is lifted to", () => {
  const source = program(SOURCES);
  const { image, layout, functions } = source;
  const fn = functions[0]!;
  const { module } = link(program({ ...SOURCES, main: [...SOURCES.other, ...MAIN.slice(2)] }));
  const graph = buildControlFlow(image, fn, functions);
  expect(listFunction({ image, layout, functions, graph, module }).isAsInModule).toBe(false);
  expect(listFunction({ image, layout, functions, graph }).isAsInModule).toBeUndefined();
});
