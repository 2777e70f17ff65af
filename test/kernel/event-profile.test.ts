import { describe, expect, it } from "vitest";
import { FollowedPayloads, RequiredPayloads, TellingPayloads } from "../../shared/contracts/event-payloads.ts";
import { EventProfile } from "../../shared/contracts/run-config.ts";
import { isWanted } from "../../shared/kernel/event-profile.ts";
import { addOne, BEGUN, createTestRun } from "./support.ts";

const PROFILES: [string, EventProfile][] = [
  ["minimal", "minimal"],
  ["normal", "normal"],
  ["verbose", "verbose"],
  ["custom, nothing", { custom: [] }],
  ["custom, a name", { custom: ["recomp.state.retried"] }],
  ["custom, a beginning", { custom: ["recomp.service.*", "op_*"] }],
];
/** In the order of the profiles above. */
const TELLING: [name: string, wanted: string][] = [
  ["recomp.state.retried", "-++-+-"],
  ["recomp.service.circuit_changed", "--+--+"],
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

  it.each(PROFILES)("%s has the seven events that every run has to write", (_name, profile) => {
    const seven = [
      "recomp.run.requested",
      "recomp.run.planned",
      "recomp.run.candidate.selected",
      "recomp.run.stage.completed",
      "recomp.run.long_tail.flagged",
      "recomp.run.validation.completed",
      "recomp.run.completed",
    ];
    expect(seven.filter((name) => !isWanted(profile, name))).toEqual([]);
    const named = { ...FollowedPayloads, ...RequiredPayloads };
    expect(seven.filter((name) => !Object.hasOwn(named, name))).toEqual([]);
  });

  it("takes a star as the end of a pattern alone", () => {
    expect(EventProfile.safeParse({ custom: ["recomp.*.completed"] }).success).toBe(false);
    expect(isWanted({ custom: ["recomp.state"] }, "recomp.state.retried")).toBe(false);
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
    [
      "minimal",
      ["state_entered", "recomp.run.planned", "recomp.run.escalated", "recomp.run.stage.completed", "state_completed"],
    ],
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

  it("name what the stage gave back with its completion", async () => {
    const run = await createTestRun({ config: { event_profile: "minimal" } });
    await run.attempt(stage, { n: 1 });
    const told = (await run.events()).find(({ name }) => name === "recomp.run.stage.completed");
    expect(await run.document(told?.payload_ref)).toEqual({ sum: 2 });
  });

  it("tell of an attempt that is not the first", async () => {
    const run = await createTestRun();
    await run.attempt(stage, { n: 1 }, { attempt: 2 });
    const [retried, entered] = (await run.events()).slice(BEGUN.length);
    expect(retried).toMatchObject({
      name: "recomp.state.retried",
      payload: { state_id: entered?.payload.state_id, attempt: 2 },
    });
    expect(entered?.name).toBe("state_entered");
  });

  it("tell of every artifact in the verbose profile: its kind, size and name", async () => {
    const run = await createTestRun({ config: { event_profile: "verbose" } });
    await run.attempt(stage, { n: 1 });
    const written = (await run.events()).find(({ name }) => name === "artifact_written");
    expect(written?.payload).toEqual({ kind: "output", bytes: 3 });
    expect(await run.stores.artifacts.get(written?.payload_ref as never)).toHaveLength(3);
  });
});
