import { afterEach, expect, it } from "vitest";
import { restep } from "../../e2e/cli.ts";
import { finishedRun, type StoredRun } from "./finished-run.ts";

let run: StoredRun | undefined;
afterEach(() => run?.remove());

const allow = [{ name: "node", program: process.execPath }];

it.each<[string, Record<string, unknown>, number]>([
  ["told every event", { event_profile: "verbose" }, 0],
  ["told as few events as can be", { event_profile: "minimal" }, 0],
  ["published nothing, for it was a dry run", { skip_tags: ["apply_side_effect"] }, 0],
  ["asked a program for its version", { exec: { allow }, tools: [{ program: "node" }] }, 0],
  ["waits at a gate", { gates: { manual: ["publish"] } }, 3],
  [
    "failed once it had published, and took that back",
    { exec: { allow }, tools: [{ program: "node", args: ["-e", "process.exit(3)"] }] },
    // What the config asks for cannot be had: bad input, wherever it is found.
    2,
  ],
])(
  "a run verifies that %s",
  async (_name, config, code) => {
    run = await finishedRun({ run: config }, code);
    const { problems, ok } = await run.verify();
    expect({ problems, ok }).toEqual({ problems: [], ok: true });
  },
  60_000,
);

it("a run verifies whose gate a person decided, before it goes on and after", async () => {
  run = await finishedRun({ run: { gates: { manual: ["publish"] } } }, 3);
  const on = [run.runId, "--store", run.store];
  await restep([
    "approve",
    run.runId,
    "publish",
    "--by",
    "alice",
    "--reason",
    "played it",
    "--no-resume",
    ...on.slice(1),
  ]);
  expect(await run.verify()).toMatchObject({ ok: true, problems: [] });
  await restep(["resume", ...on]);
  const { ok, problems, facts } = await run.verify();
  expect({ ok, problems }).toEqual({ ok: true, problems: [] });
  expect(facts).toBeGreaterThan(2);
}, 60_000);
