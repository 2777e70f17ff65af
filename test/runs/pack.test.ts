import { expect, it } from "vitest";
import { type ArtifactRef, artifactId, PrincipalId } from "../../shared/contracts/ids.ts";
import { filesOf, ModuleManifest } from "../../shared/contracts/module-manifest.ts";
import { pack } from "../../shared/runs/pack.ts";
import { buildElf, SMALL_PROGRAM } from "../recompiler/elf/build-elf.ts";

// biome-ignore format: a table, one row a file
it.each([
  ["games/Some Game (USA).elf", "Some Game (USA)"],
  ["x=passwd.elf",              "_x_passwd"],
  ["-rf.elf",                   "_-rf"],
  ["a\u001b[2J.elf",            "_a__2J"],
  [`${"x".repeat(200)}.elf`,    "x".repeat(128)],
])("a module packed from %j is called %j", (name, expected) => {
  const binary = { name, bytes: buildElf(SMALL_PROGRAM).bytes };
  const { submission, artifacts } = pack({ binary }, { requestedBy: PrincipalId.parse("test"), toolVersion: "1" });
  const manifest = ModuleManifest.parse(JSON.parse(Buffer.from(artifacts.get(submission.module_manifest) ?? []).toString()));
  expect(manifest.name).toBe(expected);
});

it("a submission has the priority that is asked for, and its run is the same run", () => {
  const binary = { name: "a.elf", bytes: buildElf(SMALL_PROGRAM).bytes };
  const options = { requestedBy: PrincipalId.parse("test"), toolVersion: "1" };
  const [usual, high] = [pack({ binary }, options), pack({ binary }, { ...options, priority: "high" })];
  expect([usual, high].map(({ submission: { priority } }) => priority)).toEqual(["standard", "high"]);
  expect(high.submission.run_id).toBe(usual.submission.run_id);
});

it("a symbol file is an artifact of the module, with its provenance, and says what it does not tell", () => {
  const { bytes } = buildElf(SMALL_PROGRAM);
  const at = (offset: number) => `0x${(SMALL_PROGRAM.entry + offset).toString(16)}`;
  const symbols = { name: "work/game.txt", bytes: Buffer.from(`main = ${at(0)};\nodd = ${at(1)};\n`) };
  const packed = pack(
    { binary: { name: "game.elf", bytes }, symbols },
    { requestedBy: PrincipalId.parse("test"), toolVersion: "1" },
  );
  const { submission, artifacts, warnings } = packed;
  const documentOf = (ref: ArtifactRef) => JSON.parse(Buffer.from(artifacts.get(ref) ?? []).toString());
  const files = filesOf(ModuleManifest.parse(documentOf(submission.module_manifest)));
  expect(files.map(({ role, artifact }) => [role, artifacts.get(artifact)])).toEqual([
    ["binary", bytes],
    ["symbols", symbols.bytes],
  ]);
  expect(documentOf(submission.provenance_manifest).inputs).toEqual([
    expect.objectContaining({ path: "game.elf", role: "binary" }),
    {
      path: "game.txt",
      role: "symbols",
      format: "text",
      size: symbols.bytes.length,
      sha256: artifactId(files[1]!.artifact),
    },
  ]);
  expect(warnings).toEqual([
    expect.stringMatching(/^work\/game\.txt: line 2: odd: expected an address that is a multiple of 4/),
  ]);
});
