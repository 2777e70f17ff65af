import { describe, expect, it } from "vitest";
import { formatDivergence } from "../../../scripts/cli/functions/divergence.ts";
import { formatFunction } from "../../../scripts/cli/functions/show.ts";
import { DivergenceReport } from "../../../shared/contracts/divergence.ts";
import { divergenceOf } from "../../../shared/runs/functions/diverge.ts";
import { listFunctions } from "../../../shared/runs/functions/list.ts";
import { showFunction } from "../../../shared/runs/functions/show.ts";
import { withWrongRow } from "../../recompiler/lift/support/wrong-row.ts";
import { buildProgram, call, EXIT, returning } from "../../stages/program.ts";
import { runUntil } from "./support.ts";

const PROGRAM = buildProgram({
  functions: {
    _start: [["addiu", "a0", "zero", 3], ...call("choose"), ...EXIT],
    choose: [["addiu", "v1", "a0", 1], ["blez", "v1", ".low"], ["nop"], ...returning(1), ".low:", ...returning(2)],
    other: returning(5),
  },
});

const CONFIG = { validation: { random_states: 8 } };
const brokenRun = withWrongRow("blez", "bgtz", async () => {
  const known = await runUntil("validate", PROGRAM, CONFIG);
  const documents = await known.documents();
  return { known, documents, found: await divergenceOf(known.artifacts, documents, "choose") };
});

describe("a function whose row is wrong", () => {
  it("is told of in the run's artifacts, with where it begins to differ", async () => {
    const { known, documents } = await brokenRun;
    const at = PROGRAM.addressOf("choose") + 4;
    const tests = [...documents.tested.values()].map(({ name, disagreement }) => [
      name,
      disagreement?.divergence?.says,
    ]);
    expect(tests).toEqual([
      ["_start", expect.stringContaining("first after choose+0x4 (")],
      ["choose", expect.stringContaining(`(0x00${at.toString(16)}: blez v1,`)],
      ["other", undefined],
    ]);
    const { report } = documents.tested.get(1)!.disagreement!.divergence!;
    expect(DivergenceReport.parse(await known.of.document(report))).toMatchObject({
      kind: "instruction",
      function: { name: "choose" },
      what: "control",
      at: { step: 2, place: "choose+0x4" },
      reads: [{ register: "v1", written_by: { place: "choose", step: 1 } }],
      trail: [{ step: 1 }, { step: 2 }],
    });
  });

  it("shows it again whenever it is asked, in words", async () => {
    const { found } = await brokenRun;
    expect(found).toMatchObject({ status: "disproven", divergence: { kind: "instruction" } });
    const lines = formatDivergence(found).split("\n");
    expect(lines.slice(0, 4)).toEqual([
      expect.stringMatching(/^choose at 0x[0-9a-f]{8}; small, run /),
      expect.stringMatching(/^Input {6}captured state 0/),
      expect.stringMatching(
        /^Differs {4}first after choose\+0x4 \(0x[0-9a-f]{8}: blez v1,.*\), instruction 2 of the call$/,
      ),
      expect.stringMatching(/^control: expected on to 0x[0-9a-f]{8}, found on to 0x[0-9a-f]{8}$/),
    ]);
    expect(lines).toContainEqual(
      expect.stringMatching(/^ {2}v1 +0x00000004 +by choose \(0x[0-9a-f]{8}: addiu v1,a0,1\)$/),
    );
  });

  it("is listed and shown with that", async () => {
    const { known, documents } = await brokenRun;
    const [row] = listFunctions(documents, { statuses: ["disproven"] }).functions.slice(1);
    expect(row).toMatchObject({ name: "choose", reason: expect.stringMatching(/; first after choose\+0x4 \(/) });
    const shown = formatFunction(await showFunction(known.artifacts, documents, "choose"), 200);
    expect(shown).toMatch(/^Status {5}disproven: captured state 0 .*; first after choose\+0x4 \(.*$/m);
    expect(shown).toMatch(
      /^Differs {4}since which instruction: restep functions [0-9a-f-]{36} 0x[0-9a-f]{8} --diverge$/m,
    );
  });

  it("differs by what its module holds, once the row is right", async () => {
    const { known, documents } = await brokenRun;
    const now = await divergenceOf(known.artifacts, documents, "choose");
    expect(now).toMatchObject({ status: "disproven", divergence: { kind: "module", functions: [{ name: "choose" }] } });
    expect(formatDivergence(now)).toContain("The run's module holds other code of:\n  choose at 0x");
    expect(formatDivergence(now)).toMatch(/restep resume [0-9a-f-]{36} --new --from lift/);
  });

  it("is said not to differ where it does not", async () => {
    const { known, documents } = await brokenRun;
    const other = await divergenceOf(known.artifacts, documents, "other");
    expect(other).toMatchObject({ status: "tested" });
    expect(other.divergence).toBeUndefined();
    expect(formatDivergence(other)).toMatch(
      /\nDoes not differ from the oracle: all 8 inputs that tell something agree$/,
    );
  });
});

it("a run that has linked no module has nothing to test", async () => {
  const { artifacts, documents } = await runUntil("lift", PROGRAM, CONFIG);
  await expect(divergenceOf(artifacts, await documents(), "choose")).rejects.toThrow(/has linked no module yet/);
  const excluding = await runUntil("link", PROGRAM, { ...CONFIG, exclude: ["other"] });
  await expect(divergenceOf(excluding.artifacts, await excluding.documents(), "other")).rejects.toThrow(
    /does not hold other at .*: it was not lifted/,
  );
});
