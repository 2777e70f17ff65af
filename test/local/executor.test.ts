import { expect, it } from "vitest";
import { localExecutor } from "../../shared/local/executor.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { submit } from "../../shared/runs/submit.ts";
import { createMemoryStores } from "../../shared/stores/memory/open.ts";
import { packedExit } from "../runs/exit-program.ts";

it("a run is not done again under another flow than it was begun under", async () => {
  const stores = createMemoryStores();
  const { submission } = await submit(stores, packageSource(packedExit()), { environment: () => undefined });
  const begun = { startedAt: "2026-01-01T00:00:00.000Z", opVersion: "0", stateMachineSha256: "0".repeat(64) };
  const past = { begun, facts: [], decisions: new Map() };
  const execute = localExecutor(() => undefined, { workers: 1 });
  const replaying = execute({ url: "file:/no-such-store", stores }, submission.run_id, {
    signal: new AbortController().signal,
    past,
  });
  await expect(replaying).rejects.toMatchObject({
    name: "FlowChanged",
    message: expect.stringMatching(
      /^run \S+: expected .* 0 \(state machine 0{12}\), .*; use the release of restep that/,
    ),
  });
});
