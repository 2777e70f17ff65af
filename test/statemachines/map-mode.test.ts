import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type StateMachineDefinition, validateDefinition } from "../../shared/asl/index.ts";
import { ContractInputMissing, ValidationFailed } from "../../shared/kernel/errors.ts";
import { MAP_MODES, mapModeIn, withMaps } from "../../shared/kernel/map-mode.ts";
import type { Stage } from "../../shared/kernel/stage.ts";
import { fillIn } from "../../shared/local/handlers.ts";
import { folderSubmission } from "../../shared/local/submission-folder.ts";
import { packageSource } from "../../shared/runs/pack.ts";
import { STAGES } from "../../shared/stages/implementations.ts";
import { root } from "../e2e/cli.ts";
import { packedExit } from "../runs/exit-program.ts";
import { runInProcess } from "./in-process.ts";
import { text } from "./machine.ts";

/** Paths at which two values differ, and what stands there. */
function differences(a: unknown, b: unknown, path = ""): string[] {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return a === b ? [] : [`${path}: ${JSON.stringify(a)}, ${JSON.stringify(b)}`];
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const at = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return [...keys].flatMap((key) => differences(at(a, key), at(b, key), `${path}.${key}`));
}

describe("the flow's Maps", () => {
  it("inline are those of the file, to the letter", () => {
    expect(withMaps(text, "inline")).toBe(text);
  });

  it("distributed differ in their mode alone", () => {
    expect(differences(JSON.parse(text), JSON.parse(withMaps(text, "distributed")))).toEqual(
      ["Lift", "Validate"].flatMap((map) => [
        `.States.${map}.ItemProcessor.ProcessorConfig.Mode: "INLINE", "DISTRIBUTED"`,
        `.States.${map}.ItemProcessor.ProcessorConfig.ExecutionType: undefined, "STANDARD"`,
        `.States.${map}.Label: undefined, "${map}"`,
      ]),
    );
    expect(validateDefinition(JSON.parse(fillIn(withMaps(text, "distributed"))) as StateMachineDefinition)).toEqual([]);
  });

  it("tell their children which run is theirs: a child's execution has another name", () => {
    expect(text.match(/\$\$\.Execution\.Name/g)).toHaveLength(1);
  });

  it("are told by an execution's history, once it has come to one", () => {
    const history = (...types: string[]) => types.map((type) => ({ type }));
    expect(mapModeIn(history("ExecutionStarted", "MapStateStarted"))).toBeUndefined();
    expect(mapModeIn(history("MapStateStarted", "MapIterationStarted"))).toBe("inline");
    expect(mapModeIn(history("MapStateStarted", "MapRunStarted"))).toBe("distributed");
  });
});

const source = packageSource(packedExit());
const sha256 = folderSubmission(join(root, "examples/sha256/manifest.json"));

/** As it comes out here, and everywhere. */
const bundleOfExample = runInProcess(sha256).then(({ record }) => record.bundle);

describe.each(MAP_MODES)("a run whose Maps are %s", (maps) => {
  it("comes to the bundle of one whose Maps are inline", async () => {
    const { result, record } = await runInProcess(sha256, { maps });
    expect(result).toMatchObject({ status: "SUCCEEDED" });
    expect(record).toMatchObject({ phase: "succeeded", bundle: await bundleOfExample });
  });

  it.each([
    ["never tried again", new ContractInputMissing("no jumps of shard 0"), "no jumps of shard 0"],
    ["another's own", new ValidationFailed("shard 0 does not hold"), "shard 0 does not hold"],
  ])("fails under the error of the shard that failed: %s", async (_, error, message) => {
    const lift: Stage = { ...STAGES.lift, run: () => Promise.reject(error) };
    const { result, record } = await runInProcess(source, { maps, stages: { lift } });
    expect({ ...result, history: undefined, output: undefined }).toMatchObject({
      status: "FAILED",
      error: error.name,
      cause: message,
    });
    expect(record).toMatchObject({ phase: "failed", failure: { error: error.name, cause: message } });
  });
});
