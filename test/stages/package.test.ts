import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { BundleIndex, type ProgramPlan } from "../../shared/contracts/program.ts";
import { buildProgram, call, EXIT, gate, lift, link, plan, returning, runOf } from "./program.ts";

const SOURCE = buildProgram({
  functions: { _start: [...call("answer"), ...EXIT], answer: returning(42), left: returning(43) },
});

/** A run on the way to its bundle. */
async function packaged() {
  const of = await runOf(SOURCE, { exclude: ["left"], validation: { random_states: 4 } });
  const planned = await plan(of);
  const linked = await link(of, planned, await lift(of, planned));
  const validation = await gate(of, planned, linked);
  const { submission, attempt } = of;
  const input = { submission, program: planned.program, link: linked, validation };
  const output = await attempt<{ bundle: ArtifactRef; files: number; bytes: number }>("package", input);
  return { of, planned, linked, validation, output };
}

describe("package", () => {
  it("writes the index of the bundle: what it is of, what is in it, how large", async () => {
    const { of, planned, linked, validation, output } = await packaged();
    const { artifacts } = of.run.stores;
    const program = await of.document<ProgramPlan>(planned.program);
    const index = BundleIndex.parse(await of.document(output.bundle));
    const sizeOf = async (ref: ArtifactRef) => (await artifacts.get(ref)).length;
    const { module_manifest, config_manifest, provenance_manifest } = of.submission;
    const functionsReport = index.files[0]!.artifact;
    expect(index).toEqual({
      schema_version: 2,
      kind: "restep.bundle",
      name: "small",
      module_manifest,
      config_manifest,
      provenance_manifest,
      endianness: "big",
      entry: "0x00400000",
      layout: program.layout,
      functions: { found: 3, lifted: 2, tested: 2 },
      files: [
        { path: "functions.json", role: "functions", artifact: functionsReport, size: await sizeOf(functionsReport) },
        { path: "module.wasm", role: "module", artifact: linked.module, size: await sizeOf(linked.module) },
        {
          path: "validation.json",
          role: "validation",
          artifact: validation.report,
          size: await sizeOf(validation.report),
        },
      ],
    });
    expect(output).toEqual({
      bundle: output.bundle,
      files: 3,
      bytes: index.files.reduce((sum, { size }) => sum + size, 0),
    });
  });

  it("tells of each function how it was lifted and how it was tested", async () => {
    const { of, linked, output } = await packaged();
    const index = BundleIndex.parse(await of.document(output.bundle));
    const lifts = await of.document<{ functions: object[] }>(linked.report);
    const tested = {
      captured_states: expect.any(Number),
      captured_ends: expect.any(Number),
      inconclusive_states: 0,
      random_states: 4,
      random_ends: 4,
      instructions: 2,
      instructions_run: 2,
      status: "tested",
    };
    expect(await of.document(index.files[0]!.artifact)).toEqual({
      schema_version: 2,
      functions: [
        { ...lifts.functions[0], test: expect.objectContaining({ status: "tested" }) },
        { ...lifts.functions[1], test: { ...tested, coverage: 1 } },
        { ...lifts.functions[2], test: null },
      ],
    });
  });

  it("says in the log which artifact is what", async () => {
    const { of, output } = await packaged();
    const index = BundleIndex.parse(await of.document(output.bundle));
    const { roles } = await of.run.record();
    expect(Object.fromEntries(roles)).toMatchObject({
      bundle: output.bundle,
      functions: index.files[0]!.artifact,
      module: index.files[1]!.artifact,
      validation: index.files[2]!.artifact,
    });
  });
});
