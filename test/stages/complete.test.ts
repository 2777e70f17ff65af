import { expect, it } from "vitest";
import type { Stage } from "../../shared/kernel/stage.ts";
import { complete } from "../../shared/stages/complete.ts";
import { ref, started, through } from "../kernel/run/events.ts";
import { createTestRun } from "../kernel/support.ts";

it("ends the run as succeeded and names its bundle", async () => {
  const before = ["intake", "plan", "package", "verify_artifacts", "publish", "attest"];
  const run = await createTestRun({ begun: [started([...before, "complete"]), ...through(...before)] });
  const bundle = ref(9);
  expect((await run.record()).phase).toBe("executing");
  const output = await run.attempt(complete as unknown as Stage, { bundle, provenance: ref(10) });
  expect(output).toEqual({ state: "succeeded", bundle });
  const events = await run.events();
  expect(events.filter(({ name }) => name === "recomp.run.completed").map(({ payload }) => payload)).toEqual([
    { state: "succeeded", bundle },
  ]);
  expect(events.at(-1)).toMatchObject({ name: "run_completed", payload: { status: "completed" } });
  expect((await run.record()).phase).toBe("succeeded");
});
