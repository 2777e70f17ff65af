import type { DivergenceReport, PastPlace } from "../../../shared/contracts/divergence.ts";
import type { FunctionDivergence } from "../../../shared/runs/functions/diverge.ts";
import { table } from "../table.ts";

type InstructionReport = Extract<DivergenceReport, { kind: "instruction" }>;

/** After which instruction a function first differs from the oracle, both states there, and how it came there. */
export function formatDivergence({ run_id, program, name, address, ...of }: FunctionDivergence): string {
  const where = `${name} at ${address}; ${program}, run ${run_id}`;
  if (of.divergence === undefined) {
    const said =
      of.conclusive === 0
        ? "none of its inputs tells anything"
        : `all ${of.conclusive} inputs that tell something agree`;
    return `${where}\nDoes not differ from the oracle: ${said}`;
  }
  const { divergence } = of;
  return [where, `Input      ${divergence.input}`, ...linesOf(divergence, run_id)].join("\n");
}

function linesOf(report: DivergenceReport, run: string): string[] {
  switch (report.kind) {
    case "instruction":
      return instructionLines(report);
    case "pass":
      return [
        `Pass ${report.pass} over the IR breaks ${report.in.name}: followed instruction by instruction, it is right.`,
        `See it before and after: restep functions ${run} ${report.in.address} --passes-until ${report.position} (or ${report.position + 1})`,
      ];
    case "emission":
      return [
        `${report.in.name} is broken by what writes its code, whatever passes are left out: followed instruction by instruction, it is right.`,
        `See its code: restep functions ${run} ${report.in.address} --passes-until 0`,
      ];
    case "module":
      return [
        "What this version lifts does what the oracle does. The run's module holds other code of:",
        ...report.functions.map(({ name, address }) => `  ${name} at ${address}`),
        `Lift it again with this version: restep resume ${run} --new --from lift (of one that succeeded, restep run … --new)`,
      ];
    case "too_long":
      return [`Its ${report.instructions} instructions are more than are followed.`];
  }
}

function instructionLines(report: InstructionReport): string[] {
  const { at, what, expected, found, last_writer: writer, reads, memory, calls, trail } = report;
  const by = (past: PastPlace | undefined): string => (past === undefined ? "as at entry" : `by ${placed(past)}`);
  return [
    `Differs    first after ${placed(at)}, instruction ${at.step} of the call`,
    `${what}: expected ${expected}, found ${found}${what === "control" ? "" : `; last written before ${by(writer)}`}`,
    "",
    "What ran up to it:",
    ...table(trail.map(({ step, address, place, instruction }) => [`  ${step}`, address, instruction, place])),
    ...(calls.length === 0 ? [] : ["Calls under way, the last first:"]),
    ...table(calls.toReversed().map(({ place, address, instruction }) => [`  ${place}`, address, instruction])),
    ...(reads.length + memory.length === 0 ? [] : ["It reads, or writes in memory:"]),
    ...table([
      ...reads.map(({ register, value, written_by }) => [`  ${register}`, value, by(written_by)]),
      ...memory.map(({ address, written_by }) => ["  memory", address, by(written_by)]),
    ]),
    ...stateLines(report),
  ];
}

const placed = ({ place, address, instruction }: PastPlace): string => `${place} (${address}: ${instruction})`;

/** Registers that the instruction changed on either side, or that differ; the others are as before it. */
function stateLines({ before, expected_after: expected, found_after: found }: InstructionReport): string[] {
  const values = Object.entries(before);
  if (expected === undefined || found === undefined) {
    const rows = values.filter(([, value]) => Number(value) !== 0).map(([name, value]) => [`  ${name}`, value]);
    return ["Registers before it, the same on both sides, those that are not 0:", ...table(rows)];
  }
  const rows = values.flatMap(([name, value]) => {
    const [wanted = value, got = value] = [expected[name], found[name]];
    if ([value, wanted, got].every((each) => Number(each) === 0)) return [];
    const note = wanted !== got ? "differs" : wanted !== value ? "changed" : "";
    return [[`  ${name}`, value, wanted, got, note]];
  });
  return ["Registers, those that are not 0:", ...table([["", "BEFORE", "EXPECTED", "FOUND", ""], ...rows])];
}
