import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EventEnvelope } from "../../shared/contracts/event.ts";
import { EventPayloads } from "../../shared/contracts/event-payloads.ts";
import type { RunStateChanged } from "../../shared/kernel/run/state-changes.ts";

/** Beside the repository, where the original documents are kept. */
const SEEDS = "../shared/seeds";
const hasSeeds = existsSync(SEEDS);

/** Rows of the tables under a heading, each a list of its cells. */
function rowsUnder(heading: string): string[][] {
  const page = readFileSync("docs/machine-contract.md", "utf8");
  const [, section = ""] = page.split(`## ${heading}\n`);
  const lines = section.split("\n## ")[0]!.split("\n");
  return lines
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const namesIn = (cell = ""): string[] => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!);

describe("the machine contract's types", () => {
  const rows = rowsUnder("Types");

  it("each live where the table says", () => {
    expect(rows.length).toBeGreaterThan(60);
    for (const [type, , where] of rows) {
      const [file = "", name] = namesIn(where);
      expect(existsSync(file), `${type}: ${file}`).toBe(true);
      if (name !== undefined)
        expect(readFileSync(file, "utf8"), `${type}: ${file}`).toMatch(new RegExp(`\\b${name}\\b`));
    }
  });

  it("stand in the table once", () => {
    const types = rows.map(([type]) => type);
    expect(new Set(types).size).toBe(types.length);
  });

  it.skipIf(!hasSeeds && process.env.CI !== "true")(
    "are all in the table (skipped: no original documents here)",
    () => {
      const source = readFileSync(`${SEEDS}/machine-contract.rs.txt`, "utf8");
      const declared = [...source.matchAll(/^\d*\s*pub (?:struct|enum|trait) (\w+)/gm)].map((match) => match[1]!);
      expect(declared.length).toBeGreaterThan(60);
      expect(declared.filter((type) => !rows.some(([cell]) => cell === `\`${type}\``))).toEqual([]);
    },
  );
});

describe("the pipeline runner's events", () => {
  const rows = rowsUnder("Events of the pipeline runner");
  const events = rows.filter(([name]) => name!.includes("."));

  it("each have their events here, by the names of the contract", () => {
    expect(events).toHaveLength(12);
    /** Told, and not stored. */
    const derived = { "recomp.run.state_changed": "" } satisfies Record<RunStateChanged["name"], string>;
    const known = { ...derived, ...EventPayloads };
    expect(events.flatMap(([, here]) => namesIn(here)).filter((name) => !Object.hasOwn(known, name))).toEqual([]);
  });

  it("have their fields in the envelope or its payload", () => {
    const fields = rows.filter(([name]) => !name!.includes(".")).map(([, here]) => namesIn(here)[0]!);
    expect(fields).toHaveLength(11);
    expect(fields.filter((field) => !Object.hasOwn(EventEnvelope.shape, field.split(".")[0]!))).toEqual([]);
  });

  it.skipIf(!hasSeeds && process.env.CI !== "true")(
    "are all in the table (skipped: no original documents here)",
    () => {
      const source = readFileSync(`${SEEDS}/pipeline-runner.md`, "utf8");
      const [, section = ""] = source.split("### Event Types");
      const named = namesIn(section.split("###")[0]).filter((name) => /^[a-z_]+(\.[a-z_]+)?$/.test(name));
      expect(named.filter((name) => !rows.some(([cell]) => cell === `\`${name}\``))).toEqual([]);
    },
  );
});
