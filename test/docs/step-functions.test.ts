import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");
const overview = read("docs/step-functions.md");

interface Row {
  readonly says: string;
  readonly here: string;
  readonly shownBy: string;
  readonly source: string;
}

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());

function rowsOf(page: string): Row[] {
  const lines = read(`docs/step-functions/${page}`)
    .split("\n")
    .filter((line) => line.startsWith("| "));
  return lines.map(cellsOf).flatMap(([says = "", here = "", shownBy = "", source = "", ...more]) => {
    expect(more).toEqual([]);
    return says === "the guide says" ? [] : [{ says, here, shownBy, source }];
  });
}

const pages = readdirSync(`${root}docs/step-functions`).sort();
const statuses = ["done", "refused", "differs", "unknown", "elsewhere"] as const;
const statusOf = ({ here }: Row) => statuses.find((status) => new RegExp(`^${status}\\b`).test(here));

/** What the letters of the sources mean, as the overview lists them. */
const sources = [...overview.matchAll(/^\| \*\*([A-Z])\*\* \|/gm)].map(([, letter]) => letter);

describe.each(pages)("the tables of %s", (page) => {
  const rows = rowsOf(page);

  it("say of each row what is done", () => {
    expect(rows.filter((row) => statusOf(row) === undefined)).toEqual([]);
  });

  it("name a test that is there, or a recording, for what is done and refused", () => {
    const isThere = (test: string) => test === "recording" || existsSync(`${root}test/${test}.test.ts`);
    expect(rows.filter(({ shownBy }) => shownBy !== "" && !isThere(shownBy))).toEqual([]);
    const isClaim = (row: Row) => statusOf(row) === "done" || statusOf(row) === "refused";
    expect(rows.filter((row) => isClaim(row) && row.shownBy === "")).toEqual([]);
  });

  it("name their sources", () => {
    const unknown = ({ source }: Row) => source.split(", ").filter((letter) => letter && !sources.includes(letter));
    expect(rows.flatMap(unknown)).toEqual([]);
    expect(
      rows.filter((row) => row.source === "" && statusOf(row) === "done" && !row.here.includes("unknown")),
    ).toEqual([]);
  });

  it("have cells that can be read", () => {
    const cells = rows.flatMap((row) => Object.values(row) as string[]);
    expect(cells.filter((cell) => cell.length > 120)).toEqual([]);
  });

  it("are counted in the overview", () => {
    const counted = statuses.map((status) => rows.filter((row) => statusOf(row) === status).length);
    const line = overview.split("\n").find((each) => each.includes(`(step-functions/${page})`));
    expect(line && cellsOf(line).slice(1).map(Number)).toEqual([rows.length, ...counted]);
  });
});
