import { LiftRecords } from "../contracts/program.ts";
import { ValidateInput, ValidateOutput } from "../contracts/stages.ts";
import type { TestRecord } from "../contracts/validation.ts";
import { putDocument } from "../kernel/documents.ts";
import { defineStage } from "../kernel/stage.ts";
import { hex } from "../recompiler/machine.ts";
import { decodeCaptures } from "../recompiler/oracle/captures.ts";
import type { FunctionTest, VectorCounts } from "../recompiler/validation/function-test.ts";
import { testFunctions } from "../recompiler/validation/test-functions.ts";
import { describeOrigin } from "../recompiler/validation/vector.ts";
import { declared } from "./declarations.ts";
import { describeDivergence, reportDivergence } from "./divergence.ts";
import { loadPlannedProgram } from "./manifests.ts";
import { loadMetered } from "./metered-module.ts";
import { readDocument } from "./read-once.ts";
import { totalsOf } from "./validation-verdict.ts";

/** Compares one shard's lifted functions with the oracle, on captured and on seeded entry states. */
export const validate = defineStage({
  ...declared("validate"),
  input: ValidateInput,
  output: ValidateOutput,
  async run({ submission, program, module, report, shard: { shard, captures } }, context) {
    const { artifacts, throwIfAborted } = context;
    const planned = await loadPlannedProgram(context, { submission, program });
    const { config, image, layout, functions, membersOf } = planned;
    const lifted = await readDocument(context, report, LiftRecords, "lift report");
    const isLifted = new Set(lifted.functions.filter((each) => each.wasm_bytes > 0).map((each) => each.index));
    const members = membersOf(shard).filter((each) => isLifted.has(each.index));
    const { seed, random_states: randomStates } = config.validation;
    const captured = decodeCaptures(await artifacts.get(captures));
    const tests = testFunctions({
      image,
      layout,
      module: await loadMetered(context, module),
      functions,
      subjects: members.map((each) => functions[each.index]!),
      captures: captured,
      settings: { seed, randomStates },
      throwIfAborted,
    });
    const indexOf = new Map(members.map((each) => [Number(each.address), each.index]));
    const explained = new Map<number, DivergenceSummary>();
    for (const { address, disagreement } of worthExplaining(tests)) {
      throwIfAborted();
      const report = reportDivergence(planned, {
        module: await artifacts.get(module),
        captures: captured,
        fn: functions[indexOf.get(address)!]!,
        origin: disagreement!.origin,
        mostSteps: MOST_STEPS,
      });
      if (report === undefined) continue;
      const ref = await putDocument(artifacts, "output", report);
      explained.set(address, { says: describeDivergence(report), report: ref });
    }
    const records = tests.map((test) => recordOf(test, indexOf.get(test.address)!, explained.get(test.address)));
    return {
      shard,
      report: await putDocument(artifacts, "output", { schema_version: 2, functions: records }),
      ...totalsOf(records),
    };
  },
});

type DivergenceSummary = NonNullable<NonNullable<TestRecord["disagreement"]>["divergence"]>;

/** Where one row is wrong, half the functions may be: a few of them tell it. */
const MOST_EXPLAINED = 3;
const MOST_STEPS = 500_000;

/** Those first whose failing input runs through no other function that fails: the fault is theirs. */
function worthExplaining(tests: readonly FunctionTest[]): FunctionTest[] {
  const suspectsOf = ({ disagreement }: FunctionTest): number => disagreement?.suspects.length ?? 0;
  return tests
    .filter(({ disagreement }) => disagreement !== undefined)
    .toSorted((a, b) => suspectsOf(a) - suspectsOf(b))
    .slice(0, MOST_EXPLAINED);
}

function recordOf(
  { address, name, status, captured, random, coverage, disagreement }: FunctionTest,
  index: number,
  divergence: DivergenceSummary | undefined,
): TestRecord {
  return {
    index,
    name,
    address: hex(address),
    status,
    captured_states: captured.conclusive,
    captured_ends: captured.conclusive - captured.trapped,
    random_states: random.conclusive,
    random_ends: random.conclusive - random.trapped,
    inconclusive_states: inconclusive(captured) + inconclusive(random),
    instructions: coverage.instructions,
    instructions_run: coverage.executed,
    coverage: coverage.instructions === 0 ? 0 : coverage.executed / coverage.instructions,
    ...(disagreement === undefined
      ? {}
      : {
          disagreement: {
            input: describeOrigin(disagreement.origin),
            what: disagreement.what,
            expected: disagreement.expected,
            found: disagreement.found,
            ...(divergence === undefined ? {} : { divergence }),
          },
        }),
  };
}

function inconclusive(counts: VectorCounts): number {
  return Object.values(counts.inconclusive).reduce((sum, count) => sum + count, 0);
}
