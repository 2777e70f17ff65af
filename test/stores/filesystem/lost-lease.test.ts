import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { PrincipalId, RunId } from "../../../shared/contracts/ids.ts";
import { openFileSystemStores } from "../../../shared/stores/filesystem/open.ts";
import { systemProcesses } from "../../../shared/stores/processes.ts";
import { temporaryFolder } from "../../e2e/cli.ts";

const folder = temporaryFolder();
const root = join(folder.path, "store");
const runId = RunId.parse("7a000000-0000-4000-8000-000000000001");
const holder = PrincipalId.parse("somebody");
const lease = join(root, "runs", runId, "lease");
afterEach(() => folder.remove());

/** A store with a run in it, opened so many times: each holds leases of its own. */
async function opened(count: number) {
  const processes = systemProcesses();
  const stores = [];
  for (let index = 0; index < count; index += 1) stores.push(await openFileSystemStores(root, { processes }));
  await stores[0]!.runs.create(runId, { a: 1 });
  return stores;
}

describe("a lease folder that somebody removed", () => {
  it.each(["with what is in it", "and made again, empty"])(
    "%s: of many who go on at once, one holds the run",
    async (how) => {
      const stores = await opened(8);
      if (how.startsWith("with")) rmSync(lease, { recursive: true });
      else for (const name of readdirSync(lease)) rmSync(join(lease, name), { recursive: true });
      const taken = await Promise.allSettled(stores.map(({ leases }) => leases.acquire(runId, holder)));
      expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const each of taken) if (each.status === "rejected") expect(each.reason.name).toBe("LeaseHeldError");
      expect(readdirSync(lease)).toHaveLength(1);
      for (const each of stores) await each.close();
    },
  );

  it("is made anew by one, and who held it before writes nothing more", async () => {
    const [before, after] = await opened(2);
    const held = await before!.leases.acquire(runId, holder);
    rmSync(lease, { recursive: true });
    const next = await after!.leases.acquire(runId, holder);
    await expect(held.check()).rejects.toMatchObject({ name: "LeaseLostError" });
    const event = { kind: "domain", actor: holder, attempt: 0, name: "recomp.note", payload: {} };
    await expect(
      before!.events.append(runId, 0, [{ ...event, ts: "2026-01-01T00:00:00.000Z" } as never]),
    ).rejects.toMatchObject({
      name: "LeaseLostError",
    });
    await expect(next.check()).resolves.toBeUndefined();
    await after!.close();
    await before!.close();
    expect(readdirSync(lease)).toEqual([expect.stringMatching(/^\d{6}\.free$/)]);
  });
});
