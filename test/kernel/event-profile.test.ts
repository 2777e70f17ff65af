import { describe, expect, it } from "vitest";
import { FollowedPayloads, TellingPayloads } from "../../shared/contracts/event-payloads.ts";
import { EventProfile } from "../../shared/contracts/run-config.ts";
import { isWanted } from "../../shared/kernel/event-profile.ts";
import { addOne, createTestRun } from "./support.ts";

const PROFILES: [string, EventProfile][] = [
  ["minimal", "minimal"],
  ["normal", "normal"],
  ["verbose", "verbose"],
  ["custom, nothing", { custom: [] }],
  ["custom, a name", { custom: ["recomp.run.planned"] }],
  ["custom, a beginning", { custom: ["recomp.run.*", "op_*"] }],
];
/** In the order of the profiles above. */
const TELLING: [name: string, wanted: string][] = [
  ["recomp.run.planned", "-++-++"],
  ["recomp.run.stage.completed", "-++--+"],
  ["recomp.run.validation.completed", "-++--+"],
  ["recomp.service.circuit_changed", "--+---"],
  ["artifact_written", "--+---"],
  ["op_boundary", "--+--+"],
  ["recomp.something.new", "-++---"],
  ["something_new", "--+---"],
];

describe("an event profile", () => {
  const cases = TELLING.flatMap(([name, wanted]) =>
    PROFILES.map(([profile, value], index) => [profile, name, wanted[index] === "+", value] as const),
  );
  it.each(cases)("%s: %s: %s", (_profile, name, wanted, profile) => {
    expect(EventProfile.parse(profile)).toEqual(profile);
    expect(isWanted(profile, name)).toBe(wanted);
  });

  it("is told what to do with every event that only tells", () => {
    expect(Object.keys(TellingPayloads).filter((name) => !TELLING.some(([known]) => known === name))).toEqual([]);
  });

  it.each(PROFILES)("%s has everything that a run is rebuilt from", (_name, profile) => {
    expect(Object.keys(FollowedPayloads).filter((name) => !isWanted(profile, name))).toEqual([]);
  });

  it("takes a star as the end of a pattern alone", () => {
    expect(EventProfile.safeParse({ custom: ["recomp.*.completed"] }).success).toBe(false);
    expect(isWanted({ custom: ["recomp.run"] }, "recomp.run.planned")).toBe(false);
  });
});

describe("the events of an attempt", () => {
  const stage = addOne(async ({ emit, record, artifacts }) => {
    emit({ name: "recomp.run.planned", payload: { functions: 1, shards: 1 } });
    emit({ name: "recomp.run.escalated", payload: { state_id: "m.a.b", attempts: 1, error: anError } });
    await artifacts.put("output", new Uint8Array(3));
    await record({ name: "op_boundary", payload: { op_path: "m.link", phase: "started" } });
  });
  const anError = { name: "E", code: "e", category: "unknown", retryable: false, message: "" };
  const expected: [profile: string, names: string[]][] = [
    ["minimal", ["state_entered", "recomp.run.escalated", "state_completed"]],
    [
      "normal",
      ["state_entered", "recomp.run.planned", "recomp.run.escalated", "recomp.run.stage.completed", "state_completed"],
    ],
    [
      "verbose",
      [
        "state_entered",
        "op_boundary",
        "recomp.run.planned",
        "recomp.run.escalated",
        "artifact_written",
        "recomp.run.stage.completed",
        "state_completed",
      ],
    ],
  ];
  it.each(expected)("are those of its profile: %s", async (event_profile, names) => {
    const run = await createTestRun({ config: { event_profile } });
    await run.attempt(stage, { n: 1 });
    expect(await run.names()).toEqual(names);
  });

  it("tell of every artifact in the verbose profile: its kind, size and name", async () => {
    const run = await createTestRun({ config: { event_profile: "verbose" } });
    await run.attempt(stage, { n: 1 });
    const written = (await run.events()).find(({ name }) => name === "artifact_written");
    expect(written?.payload).toEqual({ kind: "output", bytes: 3 });
    expect(await run.stores.artifacts.get(written?.payload_ref as never)).toHaveLength(3);
  });
});
