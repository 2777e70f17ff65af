import type { ArtifactRef } from "../contracts/ids.ts";
import type { ProgramPlan, RegisterJumps } from "../contracts/program.ts";
import { PlanInput, PlanOutput } from "../contracts/stages.ts";
import type { TracedRuns } from "../contracts/validation.ts";
import { putDocument } from "../kernel/documents.ts";
import { artifactEmitted, defineStage } from "../kernel/stage.ts";
import { hex } from "../recompiler/machine.ts";
import { registerJumpsOf } from "../recompiler/mips/register-jumps.ts";
import { encodeCaptures } from "../recompiler/oracle/captures.ts";
import { layoutProcess } from "../recompiler/runtime/layout.ts";
import { describeEnd } from "../recompiler/validation/differences.ts";
import { declared } from "./declarations.ts";
import { findFunctions } from "./find-functions.ts";
import { loadProgram } from "./manifests.ts";
import { fromLayout, fromRegisterJumps, fromTrace, statedJumpTables, toFunction } from "./program-documents.ts";
import { splitIntoShards } from "./shards.ts";
import { stubImage } from "./stubs.ts";

/**
 * Finds the functions, runs the program under the oracle to capture entry states, decides what becomes of each function,
 * and makes the shards.
 */
export const plan = defineStage({
  ...declared("plan"),
  input: PlanInput,
  output: PlanOutput,
  async run({ submission }, context) {
    const { artifacts, emit, log, telemetry, throwIfAborted } = context;
    const { manifest, config, image, symbols } = await loadProgram(context, submission);
    const layout = layoutProcess(image);
    const { planned, traces } = findFunctions(
      { image, symbols: symbols?.functions ?? [], name: manifest.name },
      layout,
      config,
      throwIfAborted,
    );
    const document: ProgramPlan = {
      schema_version: 1,
      name: manifest.name,
      endianness: image.endianness,
      entry: hex(image.entry),
      layout: fromLayout(layout),
      functions: [...planned],
    };
    const program = await putDocument(artifacts, "output", document);
    for (const [run, { end, instructions }] of traces.entries()) {
      log.info({ run, end: describeEnd(end), instructions }, "program traced");
      if (end.kind !== "exit") telemetry.warn("run_cut_short", `validation run ${run}: ${describeEnd(end)}`);
    }
    const runs: TracedRuns = {
      schema_version: 1,
      runs: traces.map((trace, run) => {
        const { args, stdin } = config.validation.runs[run]!;
        return fromTrace(trace, { args: [manifest.name, ...args], stdin }, planned);
      }),
    };
    for (const [run, { code_flushes: flushes }] of runs.runs.entries()) {
      if (flushes.length > 0) telemetry.warn("code_written", `validation run ${run}: ${flushes[0]}`);
    }
    const lifted = stubImage(image, planned);
    const functions = planned.map(toFunction);
    const jumpTables = statedJumpTables(config);
    const shards: { shard: number; captures: ArtifactRef; jumps: ArtifactRef }[] = [];
    for (const [shard, members] of splitIntoShards(planned, config.functions_per_shard).entries()) {
      const addresses = new Set(members.map((each) => Number(each.address)));
      const captures = traces.flatMap((trace) => trace.captures.filter((capture) => addresses.has(capture.address)));
      const jumps: RegisterJumps = {
        schema_version: 1,
        functions: members.flatMap(({ index, treatment }) => {
          if (treatment === "exclude") return [];
          throwIfAborted();
          const found = registerJumpsOf(lifted, functions[index]!, functions, jumpTables);
          return found === undefined ? [] : [fromRegisterJumps(index, found)];
        }),
      };
      shards.push({
        shard,
        captures: await artifacts.put("other", encodeCaptures(captures)),
        jumps: await putDocument(artifacts, "other", jumps),
      });
    }
    emit(artifactEmitted("program", program));
    emit({ name: "recomp.run.planned", payload: { functions: planned.length, shards: shards.length } });
    const mode = config.run.execution_mode;
    return {
      program,
      functions: planned.length,
      shards,
      runs: await putDocument(artifacts, "other", runs),
      max_concurrency: mode.kind === "sequential" ? 1 : mode.max_concurrency,
    };
  },
});
