import { describe, expect, it } from "vitest";
import { playedStore } from "../support/played-store.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";

async function twoRuns() {
  const store = playedStore();
  const { runs } = await store.open();
  for (const run of [RUN, OTHER_RUN]) await runs.create(run, { n: 1 });
  const path = store.at("runs", RUN, "run.json");
  return { store, runs, path };
}

describe("the record of a run", () => {
  it("is damaged where it is another run's, or not what was written", async () => {
    const { store, runs, path } = await twoRuns();
    const other = await store.read(store.at("runs", OTHER_RUN, "run.json"));
    for (const bytes of [other, Buffer.from("{}"), Buffer.from("")]) {
      store.disk.damage(path, () => bytes);
      const refusal = { name: "CorruptionError", message: expect.stringMatching(/run\.json is damaged: .*restore/) };
      await expect(runs.get(RUN)).rejects.toMatchObject(refusal);
      await expect(runs.create(RUN, { n: 1 })).rejects.toMatchObject(refusal);
    }
    expect(await runs.get(OTHER_RUN)).toMatchObject({ run_id: OTHER_RUN });
  });

  it("is missing where its folder is there, and its run is not where that is not", async () => {
    const { store, runs, path } = await twoRuns();
    await store.disk.removeFile(path);
    await expect(runs.get(RUN)).rejects.toMatchObject({ name: "CorruptionError" });
    await expect(runs.get("33333333-3333-4333-8333-333333333333" as typeof RUN)).rejects.toMatchObject({
      name: "NotFoundError",
    });
  });
});
