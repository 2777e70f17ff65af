import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { guardedConfig } from "../../shared/kernel/run-configs.ts";
import { createTestRun } from "./support.ts";

/** A world whose artifacts count how often they are read, and fail as told. */
async function setUp() {
  const { stores, world } = await createTestRun({ environment: { DB_PASSWORD: "correct horse" } });
  const reads: ArtifactRef[] = [];
  const failures: Error[] = [];
  const artifacts = {
    ...stores.artifacts,
    async get(ref: ArtifactRef) {
      reads.push(ref);
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
      return stores.artifacts.get(ref);
    },
  };
  const ref = await putDocument(stores.artifacts, "manifest", { schema_version: 1, run: { secrets: ["DB_PASSWORD"] } });
  return { world: { ...world, artifacts }, ref, reads, failures };
}

describe("the config of a run", () => {
  it("is read once for a world, with the guard of the secrets it declares", async () => {
    const { world, ref, reads } = await setUp();
    const first = await guardedConfig(world, ref);
    expect(await guardedConfig(world, ref)).toBe(first);
    expect(reads).toEqual([ref]);
    expect(() => first.guard.refuse("a note", { note: "correct horse" })).toThrow(/a note/);
    await guardedConfig({ ...world }, ref);
    expect(reads).toEqual([ref, ref]);
  });

  it("is all defaults while it cannot be read, and looked for again the next time", async () => {
    const { world, ref, failures } = await setUp();
    const damaged = new Error("damaged");
    failures.push(damaged);
    const { config, unreadable } = await guardedConfig(world, ref);
    expect([unreadable, config.secrets]).toEqual([damaged, []]);
    expect((await guardedConfig(world, ref)).config.secrets).toEqual(["DB_PASSWORD"]);
  });

  it("is waited for where what stands in its way may pass", async () => {
    const { world, ref, failures } = await setUp();
    failures.push(new TransientIo("the disk is away"));
    await expect(guardedConfig(world, ref)).rejects.toThrow("the disk is away");
  });
});
