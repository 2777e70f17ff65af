import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadElf } from "../../../shared/recompiler/elf/index.ts";
import { interfaceWords, shortened } from "../../../shared/recompiler/listing/interface/words.ts";
import { discoverFunctions } from "../../../shared/recompiler/mips/discover.ts";
import { layoutProcess } from "../../../shared/recompiler/runtime/layout.ts";
import type { Line } from "../lift/support/assemble.ts";
import { program, RETURN } from "../lift/support/guest.ts";
import { interfacesOf, tryInterfaces } from "./support/interface-runs.ts";

/** What is said of `main`, in short; floating-point registers are of 64 bits. */
function said(sources: Readonly<Record<string, readonly Line[]>>) {
  const made = program(sources);
  const image = { ...made.image, float: { registerBits: 64, isNan2008: false } as const };
  const found = interfacesOf({ ...made, image })(made.functions.find(({ name }) => name === "main")!.address);
  const { reads, writes, preserves, returns } = interfaceWords(found, false);
  return {
    reads: shortened(reads),
    writes: shortened(writes),
    preserves: shortened(preserves),
    returns,
    unknown: found.unknownCalls.length,
  };
}

const examples = join(import.meta.dirname, "..", "..", "..", "examples");
const EVERYTHING_KEPT = "s0-s7, gp, sp, fp";
const FRAME: Line = ["addiu", "sp", "sp", -32];
const UNFRAME: Line = ["addiu", "sp", "sp", 32];

describe("what a function reads, writes and preserves", () => {
  it("is what its instructions do, the delay slot of its return among them", () => {
    const code: Line[] = [
      ["addu", "v0", "a0", "a1"],
      ["jr", "ra"],
      ["sw", "v0", 0, "a2"],
    ];
    expect(said({ main: code })).toEqual({
      reads: "a0-a2",
      writes: "v0, memory",
      preserves: EVERYTHING_KEPT,
      returns: true,
      unknown: 0,
    });
  });

  it("counts a register that is saved and restored as preserved, and not as read", () => {
    const saved: Line[] = [FRAME, ["sw", "s0", 16, "sp"], ["sw", "ra", 20, "sp"], ["addiu", "s0", "a0", 1]];
    const call: Line[] = [["jal", ".callee"], ["nop"], ["addu", "v0", "v0", "s0"]];
    const restored: Line[] = [["lw", "ra", 20, "sp"], ["lw", "s0", 16, "sp"], ["jr", "ra"], UNFRAME];
    const callee: Line[] = [
      ["jr", "ra"],
      ["lw", "v0", 0, "a1"],
    ];
    expect(said({ main: [...saved, ...call, ...restored], callee })).toMatchObject({
      reads: "a0, a1, memory",
      writes: "v0",
      preserves: EVERYTHING_KEPT,
    });
  });

  it("does not when another word comes back, or another way leaves it out", () => {
    const saved: Line[] = [FRAME, ["sw", "s0", 16, "sp"], ["sw", "s1", 20, "sp"], ["lui", "s0", 1], ["lui", "s1", 1]];
    const restored: Line[] = [["lw", "s1", 16, "sp"], ["jr", "ra"], UNFRAME];
    expect(said({ main: [...saved, ...restored] })).toMatchObject({ reads: "s0", writes: "s0, s1" });
    const oneWay: Line[] = [["beq", "a0", "zero", ".out"], ["nop"], ["lui", "s2", 1], ".out:", ...RETURN];
    expect(said({ main: oneWay })).toMatchObject({ reads: "a0", writes: "s2", preserves: "s0, s1, s3-s7, gp, sp, fp" });
  });

  it("reads on one way only is read, and so is what passes through to another register", () => {
    const passing: Line[] = [
      ["jr", "ra"],
      ["addu", "v0", "a3", "zero"],
    ];
    expect(said({ main: passing })).toMatchObject({ reads: "a3", writes: "v0" });
    const through: Line[] = [["addu", "a1", "a2", "zero"], ["j", ".callee"], ["nop"]];
    expect(
      said({
        main: through,
        callee: [
          ["jr", "ra"],
          ["addu", "v0", "a1", "zero"],
        ],
      }),
    ).toMatchObject({
      reads: "a2",
      writes: "v0, a1",
    });
  });

  it("the slot of a likely branch counts where it is taken", () => {
    const code: Line[] = [["bnel", "a0", "zero", ".out"], ["lui", "v0", 1], ["lui", "v1", 1], ".out:", ...RETURN];
    expect(said({ main: code })).toMatchObject({ reads: "a0", writes: "v0, v1" });
    const read: Line[] = [
      ["beql", "a0", "zero", ".out"],
      ["addu", "v0", "a2", "a3"],
      ["lui", "v0", 1],
      ".out:",
      ...RETURN,
    ];
    expect(said({ main: read })).toMatchObject({ reads: "a0, a2, a3" });
  });

  it("arguments on the stack are the caller's words, the home of the first four the function's own", () => {
    const home: Line[] = [
      ["sw", "a0", 0, "sp"],
      ["lw", "v0", 16, "sp"],
      ["jr", "ra"],
      ["lw", "v1", 0, "sp"],
    ];
    expect(said({ main: home })).toMatchObject({ reads: "a0, arguments on the stack", writes: "v0, v1" });
    expect(
      said({
        main: [
          ["jr", "ra"],
          ["sw", "a0", 16, "sp"],
        ],
      }),
    ).toMatchObject({ reads: "a0", writes: "memory" });
  });

  it("functions that call each other have what all of them do", () => {
    const other: Line[] = [
      ["beq", "a0", "zero", ".done"],
      ["nop"],
      ["j", ".main"],
      ["sw", "t0", 0, "a3"],
      ".done:",
      ...RETURN,
    ];
    const main: Line[] = [
      ["addiu", "a0", "a0", -1],
      ["j", ".other"],
      ["lui", "v0", 1],
    ];
    expect(said({ main, other })).toMatchObject({ reads: "a0, a3, t0", writes: "v0, a0, memory", returns: true });
  });

  it("a call through a register is named, and taken to keep to the convention", () => {
    const main: Line[] = [
      FRAME,
      ["sw", "ra", 28, "sp"],
      ["jalr", "ra", "a3"],
      ["nop"],
      ["lw", "ra", 28, "sp"],
      ["jr", "ra"],
      UNFRAME,
    ];
    expect(said({ main })).toMatchObject({
      reads: "a0-a3, t9, gp, f12-f15, fcsr, arguments on the stack, the thread pointer, memory".replace(
        "arguments on the stack, ",
        "",
      ),
      preserves: EVERYTHING_KEPT,
      unknown: 1,
    });
  });

  it("what never comes back says so: by a trap, by a loop, by a call that a function ends with", () => {
    expect(said({ main: [["break", 0]] })).toMatchObject({ returns: false, preserves: "" });
    expect(said({ main: [".again:", ["beq", "zero", "zero", ".again"], ["nop"]] })).toMatchObject({ returns: false });
    expect(said({ main: [["jal", ".last"], ["nop"]], last: [["break", 0]] })).toMatchObject({ returns: false });
    // `longjmp`: the return address is another.
    expect(
      said({
        main: [
          ["lw", "ra", 0, "a0"],
          ["jr", "ra"],
          ["lw", "s0", 4, "a0"],
        ],
      }),
    ).toMatchObject({ returns: false });
  });

  it("both parts of a word at any address are one load", () => {
    const both: Line[] = [["lwl", "v0", 0, "a0"], ["lwr", "v0", 3, "a0"], ...RETURN];
    expect(said({ main: both })).toMatchObject({ reads: "a0, memory" });
    expect(said({ main: [["lwl", "v0", 0, "a0"], ["addu", "v1", "v0", "zero"], ...RETURN] })).toMatchObject({
      reads: "v0, a0, memory",
    });
  });

  it("a double saved and restored is preserved, word by word", () => {
    const saved: Line[] = [FRAME, ["sdc1", "f20", 16, "sp"], ["add.d", "f20", "f12", "f14"]] as Line[];
    const restored: Line[] = [["ldc1", "f20", 16, "sp"], ["jr", "ra"], UNFRAME] as Line[];
    expect(said({ main: [...saved, ...restored] })).toMatchObject({ reads: "f12, f14, fcsr", writes: "fcsr" });
  });
});

describe("what is said of functions holds when they run", () => {
  /** Of made-up arguments this one writes past the array in its frame: nobody is said to do that. */
  const OVERRUNS = /^put_padded, state \d+: wrote s0$/;

  it.each(["sha256-be", "rays-be", "rays-le", "uuid-le", "dispatch-le"])("%s", (name) => {
    const image = loadElf(readFileSync(join(examples, name.split("-")[0]!, `${name}.elf`)), name);
    const made = { image, layout: layoutProcess(image, { stackBytes: 1 << 18 }), functions: discoverFunctions(image) };
    const { tried, states, problems } = tryInterfaces(made, 4);
    expect(problems.filter((problem) => !OVERRUNS.test(problem))).toEqual([]);
    expect(tried).toBeGreaterThan(5);
    expect(states).toBeGreaterThan(tried);
  });
});
