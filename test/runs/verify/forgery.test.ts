import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { canonicalHash, canonicalText } from "../../../shared/stores/digest.ts";
import type { Json } from "../../../shared/stores/ports.ts";
import { finishedRun, type StoredRun } from "./finished-run.ts";
import { forgeEvents, forgeHistory, kindEntry, sealAnew } from "./forged-run.ts";

let run: StoredRun;
beforeAll(async () => {
  run = await finishedRun();
}, 120_000);
afterEach(() => run.mend());
afterAll(() => run.remove());

const problems = async () => (await run.verify()).problems;

type Entry = Record<string, unknown>;
const changed = (name: string, change: (payload: Entry) => Entry) => (events: Entry[]) =>
  events.map((event) => (event.name === name ? { ...event, payload: change(event.payload as Entry) } : event));

const morePlanned = changed("recomp.run.planned", (payload) => ({ ...payload, functions: 7 }));

describe("events that were changed, their chain made anew", () => {
  it("do not go with the seal", async () => {
    forgeEvents(run, morePlanned);
    expect(await problems()).toContainEqual(expect.objectContaining({ what: "sealed file", where: "events.jsonl" }));
  });

  it("do not go with the head of the chain in the provenance, when the seal is made anew too", async () => {
    forgeEvents(run, morePlanned);
    await sealAnew(run);
    expect(await problems()).toEqual([
      expect.objectContaining({ what: "provenance", where: expect.stringMatching(/trail, at \/events\/head_sha256$/) }),
    ]);
  });

  it("are missed with a whole batch left out at the end", async () => {
    forgeEvents(run, (events) => events.slice(0, -3));
    await sealAnew(run);
    expect((await problems()).map(({ what }) => what)).toContain("end of the execution");
  });

  it("do not say that a state gave back something else than the history has", async () => {
    const other = `artifact://${JSON.parse(readFileSync(run.at("status.json"), "utf8")).artifacts[0].slice(11)}`;
    forgeEvents(run, (events) => {
      const last = events.findLastIndex(({ name }) => name === "state_completed");
      return events.map((event, index) =>
        index === last ? { ...event, payload: { ...(event.payload as Entry), context_snapshot: other } } : event,
      );
    });
    await sealAnew(run);
    expect((await problems()).map(({ what }) => what)).toContain("output of a state");
  });

  it.each<[string, (events: Entry[]) => Entry[], RegExp]>([
    [
      "an event that no run can have next",
      (events) => [...events.slice(0, 5), events[2]!, ...events.slice(5)],
      /cannot go from succeeded to running/,
    ],
    ["a field that no event has", (events) => events.map((event) => ({ ...event, colour: "red" })), /colour/],
    ["a payload that no such event has", changed("run_started", () => ({})), /op_id/],
    ["a kernel event as a domain event", (events) => events.map((event) => ({ ...event, kind: "domain" })), /domain/],
  ])("are refused with %s", async (_name, change, found) => {
    forgeEvents(run, change);
    await sealAnew(run);
    expect(await problems()).toContainEqual(
      expect.objectContaining({ what: "event", found: expect.stringMatching(found) }),
    );
  });
});

describe("an execution history that was changed and sealed anew", () => {
  const inDetails = (type: string, key: string, change: (details: Entry) => Entry) => (entry: Entry) =>
    entry.type === type ? { ...entry, [key]: change(entry[key] as Entry) } : entry;
  it.each<[string, (entry: Entry) => Entry, string]>([
    [
      "has outputs that the events do not",
      inDetails("LambdaFunctionSucceeded", "lambdaFunctionSucceededEventDetails", (details) => ({
        ...details,
        output: "{}",
      })),
      "output of a state",
    ],
    [
      "has inputs that the events do not",
      inDetails("LambdaFunctionScheduled", "lambdaFunctionScheduledEventDetails", (details) => ({
        ...details,
        input: JSON.stringify({ ...JSON.parse(String(details.input)), input: { name: "other" } }),
      })),
      "input of a state",
    ],
    [
      "begins with another submission",
      inDetails("ExecutionStarted", "executionStartedEventDetails", (details) => ({ ...details, input: "{}" })),
      "execution input",
    ],
    [
      "ends otherwise",
      (entry) => (entry.type === "ExecutionSucceeded" ? { ...entry, type: "ExecutionAborted" } : entry),
      "end of the execution",
    ],
    [
      "lacks an entry",
      (entry) => ({ ...entry, id: Number(entry.id) + (Number(entry.id) > 9 ? 1 : 0) }),
      "execution history",
    ],
    ["has an entry of no known type", (entry) => ({ ...entry, type: "Nonsense" }), "execution history"],
  ])("%s", async (_name, change, what) => {
    forgeHistory(run, change);
    await sealAnew(run);
    expect((await problems()).map((problem) => problem.what)).toContain(what);
  });
});

describe("a run record written anew with its own hash", () => {
  const forgeRecord = (change: (record: { [name: string]: Json }) => { [name: string]: Json }) => {
    const { record_sha256: _, ...record } = JSON.parse(readFileSync(run.at("run.json"), "utf8"));
    const forged = change(record);
    writeFileSync(run.at("run.json"), `${canonicalText({ ...forged, record_sha256: canonicalHash(forged) })}\n`);
  };

  it("does not go with the seal when it says another time", async () => {
    forgeRecord((record) => ({ ...record, created_at: "2020-01-01T00:00:00.000Z" }));
    expect(await problems()).toEqual([expect.objectContaining({ what: "sealed file", where: "run.json" })]);
  });

  it("does not go with the rest of the run when it says another submission", async () => {
    forgeRecord((record) => {
      const submission = { ...(record.submission as { [name: string]: Json }), requested_by: "mallory" };
      return { ...record, submission, submission_sha256: canonicalHash(submission) };
    });
    await sealAnew(run);
    const found = (await problems()).map(({ what, where }) => `${what}: ${where}`).join("\n");
    expect(found).toMatch(/execution input/);
    expect(found).toMatch(/provenance: .* requested_by/);
  });
});

it("a status record that says something else, in the store's own spelling, is found", async () => {
  const status = JSON.parse(readFileSync(run.at("status.json"), "utf8"));
  writeFileSync(run.at("status.json"), `${JSON.stringify({ ...status, attempt_count: 99 }, null, 2)}\n`);
  expect(await problems()).toEqual([
    { what: "status record", where: "status.json, at /attempt_count", expected: expect.any(String), found: "99" },
  ]);
});

it("two artifacts whose kinds are swapped are both found", async () => {
  const path = join(run.store, "artifacts", "kinds.txt");
  const text = readFileSync(path, "latin1");
  const entries = [...text.matchAll(/\n([0-9a-f]{64}) ([a-z_]+) [0-9a-f]{8}\n/g)];
  const entryOf = (kind: string) => entries.findLast((entry) => entry[2] === kind)!;
  const [output, manifest] = [entryOf("output"), entryOf("manifest")];
  const swapped = entries.map((entry) => {
    if (entry[1] === output[1]) return kindEntry(entry[1]!, "manifest");
    if (entry[1] === manifest[1]) return kindEntry(entry[1]!, "output");
    return entry[0];
  });
  writeFileSync(path, swapped.join(""), "latin1");
  const found = await problems();
  for (const digits of [output[1], manifest[1]]) {
    expect(found).toContainEqual(
      expect.objectContaining({ what: "kind of artifact", where: expect.stringContaining(digits!) }),
    );
  }
});
