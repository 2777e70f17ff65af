import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readFileTest, runFileTest, writeFileTest } from "./support/file-test.ts";

const folder = join(import.meta.dirname, "filetests");
const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));

/** Written into the files instead of compared with them, to be read before it is committed. */
const isUpdate = process.env.RESTEP_UPDATE === "1";

describe("what a function is, stage by stage", () => {
  it.each(files)("%s", (name) => {
    const path = join(folder, name);
    const text = readFileSync(path, "utf8");
    const test = readFileTest(text);
    const found = writeFileTest(test, runFileTest(test));
    if (isUpdate) writeFileSync(path, found);
    else expect(found).toBe(text);
  });
});
