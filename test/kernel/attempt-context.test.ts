import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import lock from "../../capabilities.lock.json" with { type: "json" };
import type { FactIndexEntry } from "../../shared/contracts/facts.ts";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import { TransientIo } from "../../shared/kernel/errors.ts";
import { TransportFailed } from "../../shared/kernel/io/errors.ts";
import { factIndex } from "../../shared/kernel/io/fact-index.ts";
import type { Transport, Transports } from "../../shared/kernel/io/transports.ts";
import type { StepRecord } from "../../shared/kernel/run/record.ts";
import type { StageContext } from "../../shared/kernel/stage.ts";
import { canonicalBytes } from "../../shared/stores/digest.ts";
import { state } from "./run/events.ts";
import { addOne, createTestRun, runId, type TestRunOptions } from "./support.ts";

/** Answers `{ n }` with `{ n: n + 1 }`, and counts. */
function counting(): { transports: Transports; calls: unknown[] } {
  const calls: unknown[] = [];
  const http: Transport = async (request) => {
    calls.push(request);
    return { n: (request as { n: number }).n + 1 };
  };
  return { transports: { http }, calls };
}
const live = (transports: Transports, more: TestRunOptions = {}): TestRunOptions => ({
  ...more,
  world: { io: { mode: "live", transports: () => transports } },
});
const ask = (n: number) => ({ namespace: "http", name: "increment", request: { n } });

describe("what a stage is told", () => {
  it("is its run, its state, its attempt and its config", async () => {
    const run = await createTestRun({ config: { skip_tags: ["publish"] } });
    const seen: unknown[] = [];
    const stage = addOne(
      (context) => {
        seen.push(context.runId, context.stateId, context.attempt, context.config.skip_tags);
      },
      { name: "lift" },
    );
    await run.attempt(stage, { n: 1 }, { attempt: 1, shard: 2 });
    expect(seen).toEqual([runId, state("lift.shard_2"), 1, ["publish"]]);
  });

  it("is the whole config manifest, the same for all attempts of a process", async () => {
    const run = await createTestRun({ config: { skip_tags: ["publish"] } });
    const seen: StageContext["configManifest"][] = [];
    const stage = addOne(({ configManifest }) => void seen.push(configManifest), { name: "lift" });
    for (const shard of [1, 2]) await run.attempt(stage, { n: 1 }, { shard });
    expect(seen[0]?.document.run.skip_tags).toEqual(["publish"]);
    expect(await run.document(seen[0]?.ref)).toMatchObject({ run: { skip_tags: ["publish"] } });
    expect(seen[1]?.document).toBe(seen[0]?.document);
    expect(() => Object.assign(seen[0]!.document.run, { skip_tags: [] })).toThrow(TypeError);
  });

  it("is the run as the log has it, up to its head", async () => {
    const run = await createTestRun();
    const stage = addOne(
      async (context) => {
        const { record, head } = await context.run();
        expect(record.steps.get(state("publish"))?.state).toBe("running");
        expect(record.seq).toBe(head.seq);
        return { sum: head.seq };
      },
      { name: "publish", meta: { sideEffects: "apply_side_effect" } },
    );
    expect(await run.attempt(stage, { n: 1 })).toEqual({ sum: 4 });
  });

  it("is what the program was built from, for this config, and the chain its attempts go through", async () => {
    const run = await createTestRun({ world: { build: async ({ skip_tags }) => ({ asked: skip_tags }) as never } });
    const seen: unknown[] = [];
    await run.attempt(
      addOne(async ({ build }) => void seen.push(await build())),
      { n: 1 },
    );
    const capabilities_sha256 = createHash("sha256").update(canonicalBytes(lock)).digest("hex");
    expect(seen).toEqual([{ asked: [], capabilities_sha256 }]);
  });
});

describe("what a stage writes at once", () => {
  it("stays written when the attempt fails; what it emits does not", async () => {
    const run = await createTestRun();
    const stage = addOne(async ({ emit, record }) => {
      emit({ name: "recomp.run.planned", payload: { functions: 1, shards: 1 } });
      await record({ name: "recomp.state.compensated", payload: { state_id: state("intake") } });
      throw new TransientIo("the disk is away");
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow();
    expect(await run.names()).toEqual(["state_entered", "recomp.state.compensated", "state_failed"]);
  });
});

describe("what a stage warns of", () => {
  const warning = (error?: Error) =>
    addOne(
      ({ telemetry }) => {
        telemetry.warn("odd", "it looks odd");
        telemetry.warn("odd", "so does this");
        telemetry.count("calls", 3);
        telemetry.diagnose("search", { rounds: 2 });
        if (error !== undefined) throw error;
      },
      { name: "lift" },
    );
  const WARNINGS = [{ code: "odd", message: "it looks odd", count: 2 }];

  it("is logged at once, and written with the end of the state, which keeps it", async () => {
    const run = await createTestRun({ config: { event_profile: "minimal" } });
    await run.attempt(warning(), { n: 1 }, { shard: 1 });
    expect(await run.names()).toEqual([
      "state_entered",
      "recomp.state.warned",
      "recomp.run.stage.completed",
      "state_completed",
    ]);
    expect((await run.record()).steps.get(state("lift.shard_1"))).toMatchObject({ warnings: WARNINGS });
    const warned = run.lines.filter(({ level }) => level === "warn");
    expect(warned.map(({ message, fields }) => [message, fields.code, fields.shard])).toEqual([
      ["it looks odd", "odd", 1],
      ["so does this", "odd", 1],
    ]);
    const diagnosed = run.lines.filter(({ message }) => message === "diagnosis");
    expect(diagnosed.map(({ level, fields }) => [level, fields.search])).toEqual([["info", { rounds: 2 }]]);
  });

  it("stands with all else it told in the snapshot of a failure, and not in the state", async () => {
    const run = await createTestRun();
    await expect(run.attempt(warning(new TransientIo("no")), { n: 1 }, { shard: 1 })).rejects.toThrow("no");
    const failed = (await run.events()).at(-1);
    expect(await run.document(failed?.payload.failure_snapshot)).toMatchObject({
      telemetry: { counters: { calls: 3 }, warnings: WARNINGS, diagnostics: { search: { rounds: 2 } } },
    });
    expect((await run.record()).steps.get(state("lift.shard_1"))).not.toHaveProperty("warnings");
  });

  it.each<[string, (telemetry: StageContext["telemetry"]) => void, object]>([
    ["a count", (telemetry) => telemetry.count("calls", 1), { counters: { calls: 1 } }],
    [
      "a count and a warning",
      (telemetry) => {
        telemetry.count("calls", 1);
        telemetry.warn("odd", "it looks odd");
      },
      { counters: { calls: 1 }, warnings: [{ code: "odd", message: "it looks odd", count: 1 }] },
    ],
    [
      "a warning and a diagnosis",
      (telemetry) => {
        telemetry.warn("odd", "it looks odd");
        telemetry.diagnose("search", { rounds: 2 });
      },
      { warnings: [{ code: "odd", message: "it looks odd", count: 1 }], diagnostics: { search: { rounds: 2 } } },
    ],
  ])("stands in the snapshot of a failure where it is only %s", async (_, tell, expected) => {
    const run = await createTestRun();
    const failing = addOne(({ telemetry }) => {
      tell(telemetry);
      throw new TransientIo("no");
    });
    await expect(run.attempt(failing, { n: 1 })).rejects.toThrow("no");
    const failed = (await run.events()).at(-1);
    expect(await run.document(failed?.payload.failure_snapshot)).toMatchObject({ telemetry: expected });
  });

  it("has no place in the snapshot of a failure where there was nothing to tell", async () => {
    const run = await createTestRun();
    await expect(
      run.attempt(
        addOne(() => Promise.reject(new TransientIo("no"))),
        { n: 1 },
      ),
    ).rejects.toThrow("no");
    const failed = (await run.events()).at(-1);
    expect(await run.document(failed?.payload.failure_snapshot)).not.toHaveProperty("telemetry");
  });

  it("is what the last attempt warned of", async () => {
    const run = await createTestRun();
    await run.attempt(warning(), { n: 1 }, { shard: 1 });
    await run.attempt(addOne(undefined, { name: "lift" }), { n: 1 }, { shard: 2 });
    expect((await run.record()).steps.get(state("lift.shard_2"))).not.toHaveProperty("warnings");
  });

  it("holds no secret: it is blotted out, and fails nothing", async () => {
    const run = await createTestRun();
    const token = `ghp_${"a1B2c3".repeat(6)}`;
    await run.attempt(
      addOne(({ telemetry }) => telemetry.warn("odd", `it answered ${token}`)),
      { n: 1 },
    );
    const text = JSON.stringify([await run.events(), run.lines]);
    expect(text).not.toContain(token);
    expect(text).toContain("it answered [redacted");
  });
});

describe("a call to the outside", () => {
  it("is a fact under the state's scope before the stage has its answer", async () => {
    const { transports, calls } = counting();
    const run = await createTestRun(live(transports));
    const stage = addOne(
      async ({ io }, { n }) => {
        const { response, recorded_payload } = await io.call(ask(n));
        const [fact] = (await run.record()).facts;
        expect(fact).toMatchObject({ key: "lift.shard_3/http/increment", attempt: 0, outcome: "response" });
        expect(fact?.payload).toBe(recorded_payload);
        return { sum: (response as { n: number }).n };
      },
      { name: "lift" },
    );
    expect(await run.attempt(stage, { n: 1 }, { shard: 3 })).toEqual({ sum: 2 });
    expect(calls).toEqual([{ n: 1 }]);
  });

  it("is answered from its fact by a later attempt", async () => {
    const { transports, calls } = counting();
    const run = await createTestRun(live(transports));
    const stage = addOne(async ({ io, attempt }, { n }) => {
      const { response } = await io.call(ask(n));
      if (attempt === 0) throw new TransientIo("the disk is away");
      return { sum: (response as { n: number }).n };
    });
    await expect(run.attempt(stage, { n: 1 })).rejects.toThrow();
    expect(await run.attempt(stage, { n: 1 }, { attempt: 1 })).toEqual({ sum: 2 });
    expect(calls).toHaveLength(1);
    expect((await run.names()).filter((name) => name === "fact_recorded")).toHaveLength(1);
  });

  it("is recorded in every event profile", async () => {
    const run = await createTestRun(live(counting().transports, { config: { event_profile: "minimal" } }));
    await run.attempt(
      addOne(async ({ io }) => void (await io.call(ask(1)))),
      { n: 1 },
    );
    expect(await run.names()).toEqual([
      "state_entered",
      "fact_recorded",
      "recomp.run.stage.completed",
      "state_completed",
    ]);
  });

  const circuits: [profile: string, names: string[]][] = [
    ["normal", []],
    ["verbose", ["recomp.service.circuit_changed"]],
  ];
  it.each(circuits)("that opens a circuit says so at once, where the profile is %s", async (event_profile, names) => {
    const http: Transport = async (_request, { onCircuitChange }) => {
      onCircuitChange({ service: "https://example.com", state: "open" });
      throw new TransportFailed("no answer");
    };
    const run = await createTestRun(live({ http }, { config: { event_profile } }));
    const stage = addOne(async ({ io }) => void (await io.call(ask(1))));
    await expect(run.attempt(stage, { n: 1 })).rejects.toMatchObject({ name: "TransportFailed" });
    expect(await run.names()).toEqual(["state_entered", "fact_recorded", ...names, "state_failed"]);
  });
});

describe("a replay", () => {
  /** The facts of a run that asked once, and where their payloads are. */
  async function recorded() {
    const run = await createTestRun(live(counting().transports));
    const stage = addOne(async ({ io }, { n }) => {
      const { response } = await io.call(ask(n));
      return { sum: (response as { n: number }).n };
    });
    await run.attempt(stage, { n: 1 });
    const { facts } = await run.record();
    const payload = await run.stores.artifacts.get(facts[0]!.payload);
    return { stage, facts, payload };
  }

  it("answers from the facts it is given, records none and calls nobody", async () => {
    const { stage, facts, payload } = await recorded();
    const replay = await createTestRun({ world: { io: { mode: "replay", facts } } });
    await replay.stores.artifacts.put("fact_payload", payload);
    expect(await replay.attempt(stage, { n: 1 })).toEqual({ sum: 2 });
    expect(await replay.names()).not.toContain("fact_recorded");
  });

  it("is also what a run config can ask for, with an index of facts", async () => {
    const { stage, facts, payload } = await recorded();
    const { transports, calls } = counting();
    const index = factIndex(facts);
    const scratch = await createTestRun();
    const ref = await putDocument(scratch.stores.artifacts, "other", index);
    const replay = await createTestRun(live(transports, { config: { io_mode: "replay", facts: ref } }));
    await putDocument(replay.stores.artifacts, "other", index);
    await replay.stores.artifacts.put("fact_payload", payload);
    expect(await replay.attempt(stage, { n: 1 })).toEqual({ sum: 2 });
    expect(calls).toEqual([]);
  });

  const missing: [config: object, name: string][] = [
    [{}, "MissingFact"],
    [{ replay_missing_fact_retryable: true }, "MissingFactRetryable"],
  ];
  it.each(missing)("without the fact fails, as %j says", async (config, name) => {
    const { stage } = await recorded();
    const facts: FactIndexEntry[] = [];
    const replay = await createTestRun({ config, world: { io: { mode: "replay", facts } } });
    await expect(replay.attempt(stage, { n: 1 })).rejects.toMatchObject({
      name,
      message: expect.stringContaining("link/http/increment"),
    });
  });
});

describe("a compensation", () => {
  /** A stage that remembers a number outside, and its taking back. */
  const remembering = (act: (input: { n: number }, context: StageContext) => unknown) =>
    addOne(
      async ({ io }, { n }) => {
        await io.recordValue("before", async () => n * 10);
      },
      {
        name: "publish",
        meta: { sideEffects: "apply_side_effect" },
        compensate: async (input, context) => void (await act(input as { n: number }, context)),
      },
    );
  const takingBack = (stage: ReturnType<typeof addOne>) =>
    addOne(
      async ({ run, compensate }) => {
        await compensate((await run()).record.steps.get(state("publish"))!, stage);
      },
      { name: "record_failure" },
    );

  it("sees the input the state began with, and the facts it recorded", async () => {
    const run = await createTestRun();
    const seen: unknown[] = [];
    const stage = remembering(async (input, { io, stateId }) => {
      seen.push(input, stateId, (await io.recordedFact("before"))?.response);
    });
    await run.attempt(stage, { n: 4 }, { attempt: 2 });
    await run.attempt(takingBack(stage), { n: 0 });
    expect(seen).toEqual([{ n: 4 }, state("publish"), 40]);
  });

  it("records facts of its own under the failure branch and the state", async () => {
    const run = await createTestRun();
    const stage = remembering(({ n }, { io }) => io.recordValue("after", async () => n));
    await run.attempt(stage, { n: 4 });
    await run.attempt(takingBack(stage), { n: 0 });
    const { facts } = await run.record();
    expect(facts.map(({ key }) => key)).toEqual(["publish/value/before", "record_failure.publish/value/after"]);
  });

  it("of a state that never began does nothing", async () => {
    const run = await createTestRun();
    let isCalled = false;
    const stage = remembering(() => {
      isCalled = true;
    });
    const never = { stateId: state("publish"), state: "pending", entries: 0, attempt: 0 } as unknown as StepRecord;
    const branch = addOne(({ compensate }) => compensate(never, stage), { name: "record_failure" });
    await run.attempt(branch, { n: 0 });
    expect(isCalled).toBe(false);
  });

  it("refuses a snapshot that is no input of the stage", async () => {
    const run = await createTestRun();
    const stage = remembering(() => {});
    await run.attempt(stage, { n: 4 });
    const stricter = { ...stage, input: z.strictObject({ n: z.number().max(3) }) } as unknown as typeof stage;
    await expect(run.attempt(takingBack(stricter), { n: 0 })).rejects.toThrow(/input of stage publish: field n/);
  });

  it("reads the snapshot that the log names, and finds it damaged where it is", async () => {
    const run = await createTestRun();
    const stage = remembering(() => {});
    await run.attempt(stage, { n: 4 });
    const base = (await run.record()).steps.get(state("publish"))?.baseSnapshot as ArtifactRef;
    run.memory.artifacts.get(base)!.bytes = Buffer.from('{"n":5}');
    await expect(run.attempt(takingBack(stage), { n: 0 })).rejects.toMatchObject({ name: "CorruptionError" });
  });
});
