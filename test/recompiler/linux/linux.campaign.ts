import { readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { Endianness } from "../../../shared/recompiler/machine.ts";
import { lacksTools } from "../programs/compile.ts";
import { recompile } from "./programs.ts";

/** Each with what it prints in `NAME.txt`, and its exit status. */
const PROGRAMS: readonly (readonly [name: string, status: number])[] = [
  ["files", 0],
  ["process", 0],
  ["signal", 0],
  // SIGTERM.
  ["signals", 128 + 15],
];

const CASES = PROGRAMS.flatMap(([name, status]) =>
  (["big", "little"] as const).map((endianness): [string, Endianness, number] => [name, endianness, status]),
);

describe.skipIf(lacksTools())("what Linux does for a program is done here", () => {
  it.each(CASES)("%s.c, %s-endian", (name, endianness, status) => {
    const program = recompile(name, endianness);
    try {
      const expected = { stdout: readFileSync(path.join(import.meta.dirname, `${name}.txt`), "utf8"), status };
      expect(program.emulate()).toEqual(expected);
      expect(program.run()).toEqual(expected);
      expect(program.validate()).toMatchObject({ traced: expected, comparison: { kind: "agrees" } });
    } finally {
      program.remove();
    }
  });

  it("keeps no state of a function that a signal came into, and those of handlers", () => {
    const program = recompile("signals", "big");
    try {
      const { captured } = program.validate();
      expect([...captured]).toEqual(expect.arrayContaining(["plain", "fill"]));
      for (const name of ["main", "raise", "kill"]) expect(captured).not.toContain(name);
    } finally {
      program.remove();
    }
  });
});
