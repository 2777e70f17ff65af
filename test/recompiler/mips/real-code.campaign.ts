import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { buildControlFlow } from "../../../shared/recompiler/mips/control-flow.ts";
import { decode } from "../../../shared/recompiler/mips/decode.ts";
import { disassemble } from "../../../shared/recompiler/mips/disassemble.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { registerJumpsOf } from "../../../shared/recompiler/mips/register-jumps.ts";
import type { BasicBlock, GuestFunction, LiftObstacle } from "../../../shared/recompiler/program.ts";
import { lacksCrossCompilers, withCompiled } from "./cross-compile.ts";
import { obstaclesOf } from "./flow-of.ts";

const FREESTANDING = ["-ffreestanding", "-nostdlib", "-msoft-float", "-Wl,-e,start", "-Wl,--no-warn-mismatch"];
// Without the sections nobody refers to, every function left is one that a stripped program gives away.
const REFERENCED_ONLY = ["-ffunction-sections", "-Wl,--gc-sections"];

const CALL_REGISTER = 25;

interface Analysis {
  readonly functions: readonly GuestFunction[];
  readonly blocks: readonly { readonly fn: GuestFunction; readonly block: BasicBlock }[];
  readonly obstacles: readonly LiftObstacle[];
}

function analyse(bytes: Uint8Array): Analysis {
  const image = loadElf(bytes);
  const functions = discoverFunctions(image);
  const built = functions.map((fn) => buildControlFlow(image, fn, functions));
  return {
    functions,
    blocks: built.flatMap(({ blocks }, index) => blocks.map((block) => ({ fn: functions[index]!, block }))),
    obstacles: built.flatMap(({ blocks }) => obstaclesOf(blocks)),
  };
}

const place = ({ address, size }: GuestFunction): string => `${address.toString(16)} ${size}`;

describe.skipIf(lacksCrossCompilers())("compiled code", () => {
  const orders: readonly Endianness[] = ["big", "little"];
  const variants = [
    ["-O0", "-mips1", "-mno-abicalls", "-fno-pic"],
    ["-O0", "-march=mips32r2", "-mabicalls", "-fPIC"],
    ["-O1", "-mips2", "-mabicalls", "-fno-pic"],
    ["-O2", "-march=mips32r2", "-mno-abicalls", "-fno-pic"],
    ["-O2", "-mips1", "-mabicalls", "-fPIC"],
    ["-O3", "-mips2", "-mno-abicalls", "-fno-pic"],
    ["-Os", "-march=mips32r2", "-mabicalls", "-fPIC"],
    ["-Os", "-mips1", "-mno-abicalls", "-fno-pic"],
  ];
  const matrix = orders.flatMap((endianness) =>
    variants.map((flags) => ({ endianness, flags, name: `${endianness}-endian ${flags.join(" ")}` })),
  );

  it.each(matrix)("has no switch left unresolved: $name", ({ endianness, flags }) => {
    withCompiled("switches.c", endianness, [...FREESTANDING, ...flags], ({ bytes }) => {
      const { blocks, obstacles } = analyse(bytes);
      expect(obstacles).toEqual([]);
      const unresolved = blocks.filter(
        ({ block: { terminator } }) =>
          terminator.kind === "jump_indirect" && terminator.instruction.rs !== CALL_REGISTER,
      );
      // A tail call may use another register than t9 where the ABI does not ask for it.
      expect(unresolved.map(({ fn }) => fn.name).filter((name) => !name.endsWith("tail_call"))).toEqual([]);
      const tableSizes = blocks.flatMap(({ fn, block: { terminator } }) =>
        terminator.kind === "switch" && fn.name === "dense" ? terminator.table.entries.length : [],
      );
      expect(tableSizes).toEqual([6]);
    });
  });

  it.each(matrix)("shows the same functions stripped as with symbols: $name", ({ endianness, flags }) => {
    withCompiled("switches.c", endianness, [...FREESTANDING, ...REFERENCED_ONLY, ...flags], ({ bytes, stripped }) => {
      const named = discoverFunctions(loadElf(bytes));
      expect(named.length).toBeGreaterThan(18);
      expect(discoverFunctions(loadElf(stripped)).map(place)).toEqual(named.map(place));
    });
  });

  describe("with the C library", () => {
    it("reads as objdump reads it", () => {
      withCompiled("hosted.c", "big", ["-O2"], ({ disassembly }) => {
        const differing: string[] = [];
        let count = 0;
        for (const line of disassembly().split("\n")) {
          const [, addressText, wordText, rest] = /^\s*([0-9a-f]+):\t([0-9a-f]{8}) \t(.*)$/.exec(line) ?? [];
          if (rest === undefined) continue;
          count += 1;
          const word = Number.parseInt(wordText!, 16);
          const instruction = decode(word, Number.parseInt(addressText!, 16));
          const expected = rest.replace(/ <.*>$/, "").trim();
          const found = instruction === undefined ? undefined : disassemble(instruction);
          if (found !== expected) differing.push(`${line} | ${found}`);
        }
        expect(count).toBeGreaterThan(50_000);
        expect(differing).toEqual([]);
      });
    });

    it.each(orders)("meets no obstacle, floating point or not: %s-endian", (endianness) => {
      withCompiled("hosted.c", endianness, ["-O2"], ({ bytes, stripped }) => {
        const { functions, obstacles, blocks } = analyse(bytes);
        expect(functions.length).toBeGreaterThan(500);
        expect(obstacles).toEqual([]);
        const kinds = blocks.map(({ block }) => block.terminator.kind);
        expect(kinds.filter((kind) => kind === "switch").length).toBeGreaterThan(30);

        // Stripped, the program shows no start that is none, and all but the functions nobody refers to.
        const starts = new Set(functions.map(({ address }) => address));
        const found = discoverFunctions(loadElf(stripped));
        expect(found.filter(({ address }) => !starts.has(address))).toEqual([]);
        expect(found.length).toBeGreaterThan(functions.length * 0.85);
      });
    });

    it.each(orders)("gives the lift what the search found, which is what it would find: %s-endian", (endianness) => {
      withCompiled("hosted.c", endianness, ["-O2"], ({ bytes, stripped }) => {
        for (const file of [bytes, stripped]) {
          const image = loadElf(file);
          const functions = discoverFunctions(image);
          const unsearched = loadElf(file);
          const elsewhere = loadElf(file);
          const differing: string[] = [];
          let kept = 0;
          let told = 0;
          for (const fn of functions) {
            const registerJumps = registerJumpsOf(image, fn, functions, []);
            if (registerJumps !== undefined) {
              told += 1;
              const flow = buildControlFlow(elsewhere, fn, functions, { registerJumps });
              if (!isDeepStrictEqual(flow, buildControlFlow(unsearched, fn, functions))) differing.push(fn.name);
            }
            const [found, again] = [0, 1].map(() => buildControlFlow(image, fn, functions));
            if (found!.blocks !== again!.blocks) continue;
            kept += 1;
            if (!isDeepStrictEqual(found, buildControlFlow(unsearched, fn, functions))) differing.push(fn.name);
          }
          expect(differing).toEqual([]);
          expect(kept).toBeGreaterThan(functions.length * 0.8);
          expect(told).toBeGreaterThan(30);
          expect(discoverFunctions(image)).toEqual(functions);
        }
      });
    });
  });
});
