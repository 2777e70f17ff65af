import { describe, expect, it } from "vitest";
import type { RunId } from "../../shared/contracts/ids.ts";
import { findRun, isRunName } from "../../shared/runs/find-run.ts";
import type { StoredRun } from "../../shared/stores/ports.ts";

const id = (beginning: string) => `${beginning.padEnd(8, "0")}-0000-4000-8000-000000000000` as RunId;
const [ONE, OTHER, LAST] = [id("7a1"), id("7a2"), id("b00")];

/** Runs with the times they were submitted at; one without has a record that cannot be read. */
function runs(times: Record<string, string | undefined>) {
  return {
    list: async () => Object.keys(times) as RunId[],
    async get(runId: RunId) {
      const created_at = times[runId];
      if (created_at === undefined) throw new Error("damaged");
      return { created_at } as StoredRun;
    },
  };
}
const three = runs({ [ONE]: "2026-01-02T00:00:00.000Z", [OTHER]: "2026-01-03T00:00:00.000Z", [LAST]: undefined });
const find = (name: string, among = three) => findRun(among, name, "st");

describe("a run is named by", () => {
  it("its id, in small letters or capitals, without a look at the others", async () => {
    const none = { list: () => Promise.reject(new Error("looked")), get: () => Promise.reject(new Error("looked")) };
    expect(await findRun(none, ONE.toUpperCase(), "st")).toBe(ONE);
  });

  it("the beginning of its id", async () => {
    expect(await find("7a1")).toBe(ONE);
    expect(await find("B")).toBe(LAST);
  });

  it("latest, the one submitted last; records that cannot be read have no time", async () => {
    expect(await find("latest")).toBe(OTHER);
    expect(await find("latest", runs({ [ONE]: undefined }))).toBe(ONE);
  });
});

describe("what names no run is refused", () => {
  it("a beginning of several, which are listed", async () => {
    await expect(find("7a")).rejects.toThrow(
      `run id: expected the beginning of one run's id, found 7a, which begins those of ${ONE}, ${OTHER}`,
    );
  });

  it("a beginning of so many that a message cannot list them", async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [id(`7a${10 + n}`), undefined]));
    await expect(find("7a", runs(many))).rejects.toThrow(/and 12 more$/);
  });

  it("a beginning of none", async () => {
    await expect(find("c")).rejects.toThrow(
      "a run that begins with c not found in st; `restep list` shows those there are",
    );
  });

  it("latest where there is none", async () => {
    await expect(find("latest", runs({}))).rejects.toThrow(
      "a run not found in st; start one with `restep run <manifest>`",
    );
  });

  it.each(["", "game", "game/manifest.json", `${ONE}0`])("%j", async (name) => {
    expect(isRunName(name)).toBe(false);
    await expect(find(name)).rejects.toThrow(/^run id: expected a UUID, the beginning of one, or latest, found/);
  });
});
