import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { OPCODES as OPERATIONS } from "../../../shared/recompiler/ir/opcodes.ts";
import { PASSES } from "../../../shared/recompiler/ir/passes/index.ts";
import { OPCODES } from "../../../shared/recompiler/mips/opcodes.ts";
import { readFileTest, runFileTest, type Section, writeFileTest } from "./support/file-test.ts";
import { mnemonicOf, runInstructionFile } from "./support/instruction-file.ts";

const folder = join(import.meta.dirname, "filetests");
const textFilesIn = (path: string) => readdirSync(path).filter((name) => name.endsWith(".txt"));
const files = textFilesIn(folder);
const instructionFiles = textFilesIn(join(folder, "instructions")).map((name) => join("instructions", name));

const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");

/** Written into the files instead of compared with them, to be read before it is committed. */
const isUpdate = process.env.RESTEP_UPDATE === "1";

function expectAsWritten(name: string, run: (test: ReturnType<typeof readFileTest>) => readonly Section[]): void {
  const text = textOf(name);
  const test = readFileTest(text);
  const found = writeFileTest(test, run(test));
  if (isUpdate) writeFileSync(join(folder, name), found);
  else expect(found).toBe(text);
}

describe("what a function is, stage by stage", () => {
  it.each(files)("%s", (name) => expectAsWritten(name, runFileTest));

  it("is shown behind every pass", () => {
    const shown = new Set(files.flatMap((name) => readFileTest(textOf(name)).sections.map((section) => section.name)));
    expect(PASSES.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

describe("what an instruction means", () => {
  it.each(instructionFiles)("%s", (name) => expectAsWritten(name, runInstructionFile));

  const titles = instructionFiles.flatMap((name) => readFileTest(textOf(name)).sections.map((section) => section.name));

  it("is said of every row of the table", () => {
    const said = new Set(titles.map(mnemonicOf));
    expect(OPCODES.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !said.has(mnemonic))).toEqual([]);
  });

  it("names every operation of the IR, or a file of a function does", () => {
    const words = new Set([...files, ...instructionFiles].flatMap((name) => textOf(name).split(/\s+/)));
    // Parameters stand in the heads of blocks.
    const named = OPERATIONS.filter(({ shape }) => shape !== "none" && shape !== "param");
    expect(named.map(({ name }) => name).filter((name) => !words.has(name))).toEqual([]);
  });
});
