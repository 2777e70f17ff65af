import { describe, expect, it } from "vitest";
import type { Line } from "./support/assemble.ts";
import { CODE, type Guest, MEMORY, program, RETURN, type Registers, start } from "./support/guest.ts";

const set = (register: "v0" | "v1" | "t0", value: number): Line => ["addiu", register, "zero", value];

/** Saves and restores `ra` around a body that calls, in `s7`. */
const withCalls = (...lines: readonly Line[]): Line[] => [
  ["addiu", "s7", "ra", 0],
  ...lines,
  ["addiu", "ra", "s7", 0],
  ...RETURN,
];

function run(lines: readonly Line[], registers: Registers): Guest {
  const guest = start(program({ main: lines }));
  expect(guest.call("main", registers)).toBeUndefined();
  return guest;
}

describe("branches", () => {
  // biome-ignore format: a table, one row a case
  it.each([
    ["beq", ["a0", "a1"], { a0: 1, a1: 1 }, true],    ["beq", ["a0", "a1"], { a0: 1, a1: 2 }, false],
    ["beq", ["a0", "zero"], { a0: 0 }, true],         ["beq", ["zero", "a0"], { a0: 1 }, false],
    ["bne", ["a0", "a1"], { a0: 1, a1: 2 }, true],    ["bne", ["a0", "zero"], { a0: 0 }, false],
    ["blez", ["a0"], { a0: 0 }, true],                ["blez", ["a0"], { a0: 1 }, false],
    ["bgtz", ["a0"], { a0: 1 }, true],                ["bgtz", ["a0"], { a0: -1 }, false],
    ["bltz", ["a0"], { a0: -1 }, true],               ["bltz", ["a0"], { a0: 0 }, false],
    ["bgez", ["a0"], { a0: 0 }, true],                ["bgez", ["a0"], { a0: -1 }, false],
    ["beql", ["a0", "a1"], { a0: 1, a1: 1 }, true],   ["beql", ["a0", "a1"], { a0: 1, a1: 2 }, false],
    ["bnel", ["a0", "a1"], { a0: 1, a1: 2 }, true],   ["bnel", ["a0", "a1"], { a0: 1, a1: 1 }, false],
    ["blezl", ["a0"], { a0: -1 }, true],              ["blezl", ["a0"], { a0: 1 }, false],
    ["bgtzl", ["a0"], { a0: 1 }, true],               ["bgtzl", ["a0"], { a0: 0 }, false],
    ["bltzl", ["a0"], { a0: -1 }, true],              ["bltzl", ["a0"], { a0: 0 }, false],
    ["bgezl", ["a0"], { a0: 0 }, true],               ["bgezl", ["a0"], { a0: -1 }, false],
  ] as const)("%s %j with %j: %s", (mnemonic, operands, registers, isTaken) => {
    const isLikely = mnemonic.endsWith("l");
    const guest = run(
      [
        [mnemonic, ...operands, ".taken"],
        // The slot changes what the branch has compared, and counts how often it runs.
        ["addiu", "a0", "a0", 16],
        set("v0", 1),
        ...RETURN,
        ".taken:",
        set("v0", 2),
        ...RETURN,
      ],
      registers,
    );
    expect(guest.get("v0")).toBe(isTaken ? 2 : 1);
    const slotRan = isTaken || !isLikely;
    expect(guest.get("a0")).toBe((registers.a0 + (slotRan ? 16 : 0)) >>> 0);
  });

  it("runs the slot of a branch to the next instruction once", () => {
    const guest = run([["beq", "a0", "zero", ".next"], ["addiu", "v0", "v0", 1], ".next:", ...RETURN], {
      a0: 5,
      v0: 0,
    });
    expect(guest.get("v0")).toBe(1);
  });

  it("jumps into a delay slot", () => {
    const lines: Line[] = [
      ["bne", "a0", "zero", ".slot"],
      ["nop"],
      ["beq", "zero", "zero", ".end"],
      ".slot:",
      ["addiu", "v0", "v0", 10],
      ["addiu", "v0", "v0", 100],
      ".end:",
      ...RETURN,
    ];
    expect(run(lines, { a0: 0, v0: 0 }).get("v0")).toBe(10);
    expect(run(lines, { a0: 1, v0: 0 }).get("v0")).toBe(110);
  });
});

describe("loops", () => {
  it("sums with the step in the slot", () => {
    const guest = run(
      [
        set("v0", 0),
        ".again:",
        ["addu", "v0", "v0", "a0"],
        ["bne", "a0", "zero", ".again"],
        ["addiu", "a0", "a0", -1],
        ...RETURN,
      ],
      { a0: 100 },
    );
    expect([guest.get("v0"), guest.get("a0")]).toEqual([5050, 0xffffffff]);
  });

  it("goes round a loop that is entered in its middle", () => {
    const lines: Line[] = [
      ["bne", "a1", "zero", ".middle"],
      set("v0", 0),
      ".top:",
      ["addiu", "v0", "v0", 1],
      ".middle:",
      ["addiu", "v0", "v0", 100],
      ["bgtz", "a0", ".top"],
      ["addiu", "a0", "a0", -1],
      ...RETURN,
    ];
    expect(run(lines, { a0: 2, a1: 0 }).get("v0")).toBe(303);
    expect(run(lines, { a0: 2, a1: 1 }).get("v0")).toBe(302);
  });

  it("branches back to its own entry", () => {
    const guest = run([["addiu", "v0", "v0", 3], ["bgtz", "a0", CODE as never], ["addiu", "a0", "a0", -1], ...RETURN], {
      a0: 4,
      v0: 0,
    });
    expect(guest.get("v0")).toBe(15);
  });
});

describe("calls", () => {
  it("hands every register over and back", () => {
    const guest = start(
      program({
        main: withCalls(["jal", ".callee"], ["addiu", "a0", "zero", 5], ["addu", "v1", "v0", "t0"]),
        callee: [
          ["addu", "v0", "a0", "a1"],
          ["mult", "v0", "a1"],
          ["jr", "ra"],
          ["addiu", "t0", "zero", 1000],
        ],
      }),
    );
    guest.call("main", { a1: 7, ra: 0x1234 });
    expect([guest.get("v0"), guest.get("v1"), guest.get("lo"), guest.get("hi")]).toEqual([12, 1012, 84, 0]);
  });

  it("writes the link register before the slot runs", () => {
    const guest = start(
      program({
        main: withCalls(["jal", ".callee"], ["addiu", "v0", "ra", 0]),
        callee: RETURN,
      }),
    );
    guest.call("main");
    expect(guest.get("v0")).toBe(CODE + 4 + 8);
  });

  it("keeps HI and LO across a call", () => {
    const guest = start(
      program({
        main: withCalls(["multu", "a0", "a0"], ["jal", ".callee"], ["nop"], ["mfhi", "v0"], ["mflo", "v1"]),
        callee: [["mtlo", "a1"], ...RETURN],
      }),
    );
    guest.call("main", { a0: 0x10000, a1: 77 });
    expect([guest.get("v0"), guest.get("v1")]).toEqual([1, 77]);
  });

  it.each([
    ["bgezal", 0, true],
    ["bgezal", -1, false],
    ["bltzal", -1, true],
    ["bltzal", 0, false],
    ["bgezall", 0, true],
    ["bgezall", -1, false],
    ["bltzall", -1, true],
    ["bltzall", 0, false],
  ] as const)("%s of %i calls: %s; the link register is written anyway", (mnemonic, value, isTaken) => {
    const guest = start(
      program({
        main: withCalls([mnemonic, "a0", ".callee"], ["addiu", "t1", "t1", 1], ["addiu", "v1", "ra", 0]),
        callee: [["addiu", "v0", "a0", 100], ...RETURN],
      }),
    );
    guest.call("main", { a0: value, v0: 0, t1: 0 });
    expect(guest.get("v0")).toBe(isTaken ? value + 100 : 0);
    expect(guest.get("t1")).toBe(isTaken || !mnemonic.endsWith("all") ? 1 : 0);
    expect(guest.get("v1")).toBe(CODE + 4 + 8);
  });

  it("asks for its own address with a linking jump to the next instruction", () => {
    const guest = run(
      [
        ["addiu", "t0", "ra", 0],
        ["bgezal", "zero", ".next"],
        ["nop"],
        ".next:",
        ["addiu", "v0", "ra", 0],
        ["addiu", "ra", "t0", 0],
        ...RETURN,
      ],
      {},
    );
    expect(guest.get("v0")).toBe(CODE + 12);
  });

  it("recurses into itself and into each other", () => {
    const push: Line[] = [
      ["addiu", "sp", "sp", -8],
      ["sw", "ra", 4, "sp"],
    ];
    const pop: Line[] = [
      ["lw", "ra", 4, "sp"],
      ["jr", "ra"],
      ["addiu", "sp", "sp", 8],
    ];
    const guest = start(
      program({
        isEven: [
          ["beq", "a0", "zero", ".yes"],
          set("v0", 1),
          ...push,
          ["jal", ".isOdd"],
          ["addiu", "a0", "a0", -1],
          ...pop,
          ".yes:",
          ...RETURN,
        ],
        isOdd: [
          ["beq", "a0", "zero", ".no"],
          set("v0", 0),
          ...push,
          ["jal", ".isEven"],
          ["addiu", "a0", "a0", -1],
          ...pop,
          ".no:",
          ...RETURN,
        ],
      }),
    );
    for (const [value, isEven] of [
      [0, 1],
      [7, 0],
      [100, 1],
    ] as const) {
      guest.call("isEven", { a0: value, sp: MEMORY + 0x8000 });
      expect([guest.get("v0"), guest.get("sp")]).toEqual([isEven, MEMORY + 0x8000]);
    }
  });

  it("ends in stack_exhausted when recursion never does", () => {
    const guest = start(program({ main: [["jal", ".main"], ["nop"], ...RETURN] }));
    expect(guest.call("main")).toBe("stack_exhausted");
  });

  it("traps on a call to an address that starts no function", () => {
    const guest = start(program({ main: withCalls(["jal", 0x00400f00 as never], ["nop"]) }));
    expect(guest.call("main")).toBe("unknown_target");
    expect(guest.trapAddress()).toBe(0x00400f00);
  });
});

describe("tail calls", () => {
  const ROUNDS = 1_000_000;

  it("jump to a function without using up the stack", () => {
    const guest = start(
      program({
        ping: [["bgtz", "a0", ".pong"], ["addiu", "a0", "a0", -1], ...RETURN],
        pong: [
          ["j", ".ping"],
          ["addiu", "v0", "v0", 1],
        ],
      }),
    );
    expect(guest.call("ping", { a0: ROUNDS, v0: 0 })).toBeUndefined();
    expect(guest.get("v0")).toBe(ROUNDS);
  });

  it("jump through a register without using up the stack", () => {
    const guest = start(
      program({
        ping: [["bgtz", "a0", ".go"], ["addiu", "a0", "a0", -1], ...RETURN, ".go:", ["jr", "t7"], ["nop"]],
        pong: [["addiu", "v0", "v0", 1], ["jr", "t8"], ["nop"]],
      }),
    );
    expect(guest.call("ping", { a0: ROUNDS, v0: 0, t7: CODE + 6 * 4, t8: CODE })).toBeUndefined();
    expect(guest.get("v0")).toBe(ROUNDS);
  });

  it("fall through from one function into the next", () => {
    const guest = start(program({ first: [set("v0", 1)], second: [["addiu", "v0", "v0", 1], ...RETURN] }));
    guest.call("first");
    expect(guest.get("v0")).toBe(2);
  });

  it("run the slot before they go", () => {
    const guest = start(
      program({ first: [["j", ".second"], set("v0", 1)], second: [["addiu", "v0", "v0", 1], ...RETURN] }),
    );
    guest.call("first");
    expect(guest.get("v0")).toBe(2);
  });
});

describe("indirect calls", () => {
  const sources = (call: Line, slot: Line) => ({
    main: withCalls(call, slot),
    one: [set("v0", 1), ...RETURN],
    two: [set("v0", 2), ...RETURN],
  });
  const one = CODE + 4 * 6;
  const two = one + 4 * 3;

  it("reach the function at the address", () => {
    const guest = start(program(sources(["jalr", "ra", "t9"], ["nop"])));
    guest.call("main", { t9: one });
    expect(guest.get("v0")).toBe(1);
    guest.call("main", { t9: two });
    expect(guest.get("v0")).toBe(2);
  });

  it("read the target before the slot runs", () => {
    const guest = start(program(sources(["jalr", "ra", "t9"], ["addiu", "t9", "t9", 12])));
    guest.call("main", { t9: one });
    expect([guest.get("v0"), guest.get("t9")]).toEqual([1, two]);
  });

  it("read the target before the link register is written", () => {
    const guest = start(program({ main: [["jalr", "t9", "t9"], ["nop"], ...RETURN], one: [set("v0", 1), ...RETURN] }));
    guest.call("main", { t9: CODE + 16 });
    expect([guest.get("v0"), guest.get("t9")]).toEqual([1, CODE + 8]);
  });

  // biome-ignore format: a table, one row a case
  it.each([
    ["misaligned",            one + 2],
    ["in a function's middle", one + 4],
    ["behind the last one",   two + 4],
    ["before the first one",  CODE - 4],
    ["nowhere",               0],
    ["far away",              0xfffffffc],
  ])("trap as unknown_target on an address that is %s", (_, target) => {
    for (const call of [["jalr", "ra", "t8"], ["jr", "t8"]] as const) {
      const guest = start(program(sources(call, ["nop"])));
      expect(guest.call("main", { t8: target })).toBe("unknown_target");
      expect(guest.trapAddress()).toBe(target);
    }
  });

  it("are told from memory faults", () => {
    const guest = start(program(sources(["jalr", "ra", "t9"], ["lw", "v1", 0, "a0"])));
    expect(guest.call("main", { t9: one, a0: 0x7f000000 })).toBe("memory_fault");
    expect(guest.call("main", { t9: 4, a0: MEMORY })).toBe("unknown_target");
    expect(guest.call("main", { t9: one, a0: MEMORY })).toBeUndefined();
  });
});

describe("switches", () => {
  /** `v0` = 10, 11, 12, 10 for `a0` = 0..3, else 99. */
  const lines = (slot: Line): Line[] => [
    ["sltiu", "t0", "a0", 4],
    ["beq", "t0", "zero", ".default"],
    ["sll", "t0", "a0", 2],
    ["lui", "t1", CODE >>> 16],
    ["addu", "t0", "t0", "t1"],
    ["lw", "t0", 4 * 25, "t0"],
    ["nop"],
    ["jr", "t0"],
    slot,
    ".zero:",
    set("v0", 10),
    ...RETURN,
    ".one:",
    set("v0", 11),
    ...RETURN,
    ".two:",
    set("v0", 12),
    ...RETURN,
    ".default:",
    set("v0", 99),
    ...RETURN,
    ["nop"],
    ["nop"],
    ["nop"],
    ["nop"],
  ];
  const constants = (labelOf: (name: string) => number) => ["zero", "one", "two", "zero"].map(labelOf);

  it.each([
    [0, 10],
    [1, 11],
    [2, 12],
    [3, 10],
    [4, 99],
    [-1, 99],
  ])("take case %i", (index, expected) => {
    for (const endianness of ["big", "little"] as const) {
      const source = program({ main: lines(["addiu", "t0", "zero", 0]) }, { endianness, constants });
      const guest = start(source);
      expect(guest.reports[0]).toMatchObject({ status: "lifted", indirectJumps: 0 });
      guest.call("main", { a0: index });
      expect(guest.get("v0")).toBe(expected);
    }
  });

  it("find their case from the target where the load of it is out of sight", () => {
    const split = lines(["nop"]);
    split.splice(split.findIndex((line) => line[0] === "lw") + 1, 0, ["bne", "a1", "zero", ".zero"]);
    // The table stays where it is.
    split.pop();
    const guest = start(program({ main: split }, { constants }));
    expect(guest.reports[0]).toMatchObject({ status: "lifted" });
    guest.call("main", { a0: 2, a1: 0 });
    expect(guest.get("v0")).toBe(12);
  });
});

describe("system calls", () => {
  it("see what was written before and give back what the host writes", () => {
    const seen: number[] = [];
    const source = program({
      main: [
        set("v0", 4004),
        ["multu", "a0", "a0"],
        ["syscall", 0],
        ["addu", "v1", "v0", "a3"],
        ["mflo", "t0"],
        ...RETURN,
      ],
    });
    const guest = start(source, {
      syscall: (machine) => {
        seen.push(machine.get("v0"), machine.get("a0"), machine.get("lo"));
        machine.set("v0", 7);
        machine.set("a3", 1);
      },
    });
    guest.call("main", { a0: 3 });
    expect(seen).toEqual([4004, 3, 9]);
    expect([guest.get("v0"), guest.get("v1"), guest.get("t0")]).toEqual([7, 8, 9]);
  });

  it("may follow one another in one block", () => {
    let calls = 0;
    const guest = start(program({ main: [["syscall", 0], ["syscall", 0], ["addiu", "v0", "v0", 1], ...RETURN] }), {
      syscall: (machine) => {
        calls += 1;
        machine.set("v0", machine.get("v0") * 2);
      },
    });
    guest.call("main", { v0: 5 });
    expect([calls, guest.get("v0")]).toEqual([2, 21]);
  });
});

describe("a system call in a delay slot", () => {
  const CALL: Line = ["syscall", 0];
  /** Counts calls in `v1`, and changes what the branch has read. */
  const syscall = (guest: Guest) => {
    guest.set("v1", guest.get("v1") + 1);
    for (const register of ["a0", "t9"] as const) guest.set(register, 0x55);
  };
  // biome-ignore format: a table, one row a branch
  it.each<[string, readonly Line[], Registers, number, number]>([
    ["of a jump",                        [["j", ".well"], CALL, ".off:", ...RETURN, ".well:", set("v0", 7), ...RETURN], {}, 7, 1],
    ["of a branch taken",                [["beq", "a0", "zero", ".well"], CALL, ...RETURN, ".well:", set("v0", 7), ...RETURN], { a0: 0 }, 7, 1],
    ["of a branch not taken",            [["beq", "a0", "zero", ".off"], CALL, set("v0", 7), ".off:", ...RETURN], { a0: 1 }, 7, 1],
    ["of a likely branch taken",         [["beql", "a0", "zero", ".well"], CALL, ...RETURN, ".well:", set("v0", 7), ...RETURN], { a0: 0 }, 7, 1],
    ["of a likely branch not taken",     [["beql", "a0", "zero", ".off"], CALL, set("v0", 7), ".off:", ...RETURN], { a0: 1 }, 7, 0],
    ["of a call",                        withCalls(["jal", ".callee"], CALL), {}, 7, 1],
    ["of a call that may be left out",   withCalls(["bltzal", "a0", ".callee"], CALL), { a0: -1 }, 7, 1],
    ["of a call through a register",     withCalls(["jalr", "ra", "t9"], CALL), { t9: CODE + 0x100 }, 7, 1],
    ["of a jump through a register",     [["jr", "t9"], CALL], { t9: CODE + 0x100 }, 7, 1],
    ["of a return",                      [set("v0", 7), ["jr", "ra"], CALL], {}, 7, 1],
  ])("%s comes after what is decided and before where that leads", (_, main, registers, result, calls) => {
    const nops = Array.from({ length: 0x40 - main.filter((line) => typeof line !== "string").length }, (): Line => ["nop"]);
    const guest = start(program({ main: [...main, ...nops], callee: [set("v0", 7), ...RETURN] }), { syscall });
    expect(guest.reports.flatMap(({ obstacles }) => obstacles)).toEqual([]);
    expect(guest.call("main", { v0: 0, v1: 0, ...registers })).toBeUndefined();
    expect([guest.get("v0"), guest.get("v1")]).toEqual([result, calls]);
  });
});

it("a breakpoint in a delay slot is one", () => {
  const lines: Line[] = [["beq", "a0", "zero", ".on"], ["break", 0], ".on:", ...RETURN];
  expect(start(program({ main: lines })).call("main")).toBe("breakpoint");
  const likely: Line[] = [["beql", "a0", "zero", ".on"], ["break", 0], ".on:", ...RETURN];
  const guest = start(program({ main: likely }));
  expect(guest.call("main", { a0: 1 })).toBeUndefined();
  expect(guest.call("main", { a0: 0 })).toBe("breakpoint");
});

it("a jump through a register that was taken to lead to one place is a trap where it leads to another", () => {
  // A callee leaves s0 as it was, by the ABI; this one does not.
  const main = withCalls(
    ["lui", "s0", CODE >>> 16],
    ["ori", "s0", "s0", 0x24],
    ["jal", ".callee"],
    ["nop"],
    ["jr", "s0"],
    ["nop"],
    set("v0", 1),
    ["nop"],
    set("v0", 2),
  );
  const guest = start(program({ main, callee: [["addu", "s0", "s0", "a0"], ...RETURN] }));
  expect(guest.call("main", { a0: 0 })).toBeUndefined();
  expect(guest.get("v0")).toBe(2);
  expect(guest.call("main", { a0: 4 })).toBe("unknown_target");
  expect(guest.trapAddress()).toBe(CODE + 0x28);
});

describe("a return", () => {
  const AWAY: Line[] = [["addiu", "ra", "ra", 8], ...RETURN];

  it("to another place than the function was called from is a trap that names the place", () => {
    const guest = start(program({ main: withCalls(["jal", ".callee"], ["nop"], set("v0", 1)), callee: AWAY }));
    expect(guest.call("main")).toBe("return_elsewhere");
    expect(guest.trapAddress()).toBe(CODE + 12 + 8);
  });

  it("finds all registers where the host reads them", () => {
    const guest = start(
      program({ main: withCalls(["jal", ".callee"], set("v1", 3)), callee: [set("v0", 7), ...AWAY] }),
    );
    expect(guest.call("main", { v0: 0, v1: 0 })).toBe("return_elsewhere");
    expect([guest.get("v0"), guest.get("v1"), guest.get("ra")]).toEqual([7, 3, CODE + 20]);
  });

  it("through another register is one, and is held against the place too", () => {
    const main = withCalls(["jal", ".callee"], ["nop"], set("v1", 3));
    const callee: Line[] = [["addu", "t0", "ra", "a0"], ["jr", "t0"], ["nop"]];
    // What adds something to the address is a jump of which nothing is known.
    expect(start(program({ main, callee })).call("main", { a0: 0 })).toBe("unknown_target");
    const guest = start(program({ main, callee: [["addu", "t0", "ra", "zero"], ["jr", "t0"], ["nop"]] }));
    expect(guest.call("main", { v1: 0 })).toBeUndefined();
    expect(guest.get("v1")).toBe(3);
  });

  it("is not held against anything in a function that leaves ra alone, or puts it back from a register", () => {
    const bytes = (main: readonly Line[]): number => start(program({ main })).reports[0]!.wasmBytes;
    const kept: Line = ["addu", "t0", "ra", "zero"];
    const plain = bytes([kept, ...RETURN]);
    const restored = bytes([kept, ["addu", "ra", "t0", "zero"], ...RETURN]);
    const changed = bytes([kept, ["addu", "ra", "t0", "a0"], ...RETURN]);
    expect(restored - plain).toBeLessThan(changed - plain - 8);
  });
});
