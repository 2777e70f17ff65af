import { describe, expect, it } from "vitest";
import { artifactId } from "../../shared/contracts/ids.ts";
import { ModuleManifest } from "../../shared/contracts/module-manifest.ts";
import { ProvenanceManifest } from "../../shared/contracts/provenance-manifest.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { getDocument, putDocument } from "../../shared/kernel/documents.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { intake } from "../../shared/stages/intake.ts";
import { CHILD_ID, state } from "../kernel/run/events.ts";
import { createTestRun } from "../kernel/support.ts";
import { binary, putExample, submission } from "./example.ts";

type Output = { route: object; name: string; size: number; endianness: string; entry: string };

/** A run that begins; `change` may put other manifests in place. */
async function setUp(run_config: object = {}, change: Partial<Submission> = {}) {
  const run = await createTestRun({ begun: [], config: run_config, flow: RECOMPILE });
  const { artifacts } = run.stores;
  await putExample(artifacts);
  const config_manifest = await putDocument(artifacts, "manifest", { schema_version: 1, run: run_config });
  const whole = { ...submission, config_manifest, ...change };
  return {
    run,
    artifacts,
    attempt: (more: Partial<Submission> = {}, call: object = {}) =>
      run.attempt(intake as unknown as Stage, { submission: { ...whole, ...more } }, call) as Promise<Output>,
  };
}

describe("intake", () => {
  it("opens the run with its plan, looks at the binary, and lets it pass", async () => {
    const { run, attempt } = await setUp();
    expect(await attempt()).toMatchObject({
      name: "sha256-be",
      size: binary.length,
      endianness: "big",
      entry: expect.stringMatching(/^0x[0-9a-f]{8}$/),
      route: { override: false, approve: false, publish: true },
    });
    const { phase, steps, plan } = await run.record();
    expect(phase).toBe("preflight_validated");
    expect(steps.get(state("lift.shard"))?.state).toBe("pending");
    expect(await run.document(plan)).toMatchObject({ op_id: "recompile" });
  });

  it("says which way the run goes, as its plan does", async () => {
    const gates = { manual: ["publish"], overridable: ["validation"] };
    const { run, attempt } = await setUp({ gates, skip_tags: ["apply_side_effect"] });
    expect((await attempt()).route).toEqual({ override: true, approve: false, publish: false });
    const { steps } = await run.record();
    expect(steps.get(state("publish"))).toMatchObject({ state: "skipped", skippedBy: "apply_side_effect" });
    expect(steps.get(state("override"))?.state).toBe("pending");
  });

  it("is refused with skip tags that take out what the rest needs, before anything is written", async () => {
    const { run, attempt } = await setUp({ skip_tags: ["compute"] });
    await expect(attempt()).rejects.toMatchObject({ name: "InvalidPlan", code: "plan_skipped_dependency" });
    expect(await run.events()).toEqual([]);
  });

  it("fails on a submission of another run", async () => {
    const { run, attempt } = await setUp({}, { run_id: CHILD_ID as Submission["run_id"] });
    await expect(attempt()).rejects.toThrow(/field run_id: expected the execution's name 6f0a3f0e-.*, found 0c1d2e3f-/);
    expect((await run.record()).gates.get("intake")).toMatchObject({ kind: "hard", state: "failed" });
  });

  it("fails where a manifest is missing, and says which", async () => {
    const { run, attempt } = await setUp();
    run.memory.artifacts.delete(submission.module_manifest);
    await expect(attempt()).rejects.toMatchObject({
      name: "NotFoundError",
      message: expect.stringContaining(submission.module_manifest),
    });
    expect((await run.record()).gates.get("intake")?.state).toBe("failed");
  });

  it("fails where the config cannot be read, and says what is wrong with it", async () => {
    const { run, artifacts, attempt } = await setUp();
    const config_manifest = await putDocument(artifacts, "manifest", { schema_version: 1, run: { skip_tag: [] } });
    await expect(attempt({ config_manifest }, { config: config_manifest })).rejects.toThrow(/unknown key "skip_tag"/);
    expect((await run.record()).steps.get(state("intake"))?.state).toBe("failed");
  });

  it("fails where nobody says where the binary comes from", async () => {
    const { artifacts, attempt } = await setUp();
    const told = await getDocument(
      artifacts,
      submission.provenance_manifest,
      ProvenanceManifest,
      "provenance manifest",
    );
    const inputs = told.inputs.map((input) => ({ ...input, sha256: "0".repeat(64) }));
    const provenance_manifest = await putDocument(artifacts, "manifest", { ...told, inputs });
    await expect(attempt({ provenance_manifest })).rejects.toMatchObject({
      name: "HardGateFailed",
      message: expect.stringMatching(
        /field inputs: expected an entry of role "binary" with sha256 [0-9a-f]{64}.*Tell where/,
      ),
    });
  });

  /** The example with a symbol file, which its provenance tells of unless `inputs` is false. */
  async function withSymbols(text: string, { told = true, extra = 0 } = {}) {
    const given = await setUp();
    const { artifacts } = given;
    const [module, provenance] = await Promise.all([
      getDocument(artifacts, submission.module_manifest, ModuleManifest, "module manifest"),
      getDocument(artifacts, submission.provenance_manifest, ProvenanceManifest, "provenance manifest"),
    ]);
    const artifact = await artifacts.put("other", Buffer.from(text));
    const entry = { path: "a.txt", sha256: artifactId(artifact), size: text.length, format: "text", role: "symbols" };
    const change = {
      module_manifest: await putDocument(artifacts, "manifest", {
        ...module,
        symbols: { artifact, size: text.length + extra },
      }),
      provenance_manifest: await putDocument(artifacts, "manifest", {
        ...provenance,
        inputs: [...provenance.inputs, ...(told ? [entry] : [])],
      }),
    };
    return { ...given, change, artifact };
  }

  it("says what of a symbol file it leaves out", async () => {
    const { attempt, run, change } = await withSymbols("inside = 0x00400200;\nfar = 0x80000400; // type:func\n");
    await attempt(change);
    const warned = (await run.events()).filter((event) => JSON.stringify(event).includes("symbols_left_out"));
    expect(JSON.stringify(warned)).toMatch(
      /symbol file of sha256-be .*line 2: far: expected an address in the program's code, found 0x80000400; left out/,
    );
  });

  // biome-ignore format: a table, one row a fault
  it.each([
    ["it is no symbol file",           "hello world",                   {},                /SymbolFileError|expected a symbol file/],
    ["it is another program's",        "a = 0x80000400;\n",             {},                /expected functions in the program's code .*is it the symbol file of this program/],
    ["nobody says where it comes from", "a = 0x00400200;\n",            { told: false },   /expected an entry of role "symbols" with sha256 [0-9a-f]{64}.*Tell where the symbols come from/],
    ["it has another size",            "a = 0x00400200;\n",             { extra: 1 },      /field symbols\.size: says \d+, but the symbol file has \d+/],
  ])("fails over a symbol file where %s", async (_what, text, options, message) => {
    const { attempt, change } = await withSymbols(text, options);
    await expect(attempt(change)).rejects.toThrow(message);
  });

  it("fails where the binary is not what its manifest says", async () => {
    const { artifacts, attempt } = await setUp();
    const manifest = await getDocument(artifacts, submission.module_manifest, ModuleManifest, "module manifest");
    const changed = { ...manifest, binary: { ...manifest.binary, size: manifest.binary.size + 1 } };
    const module_manifest = await putDocument(artifacts, "manifest", changed);
    await expect(attempt({ module_manifest })).rejects.toThrow(/field binary\.size: says \d+, but the binary has \d+/);
  });

  it("fails where the binary has its bytes in another order than its manifest says", async () => {
    const { artifacts, attempt } = await setUp();
    const manifest = await getDocument(artifacts, submission.module_manifest, ModuleManifest, "module manifest");
    const module_manifest = await putDocument(artifacts, "manifest", { ...manifest, endianness: "little" });
    await expect(attempt({ module_manifest })).rejects.toMatchObject({
      name: "HardGateFailed",
      message: `module manifest (${module_manifest}): field endianness: says little, but the binary has big`,
    });
  });
});
