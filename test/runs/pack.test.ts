import { expect, it } from "vitest";
import { PrincipalId } from "../../shared/contracts/ids.ts";
import { ModuleManifest } from "../../shared/contracts/module-manifest.ts";
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
