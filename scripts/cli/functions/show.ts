import { shortened } from "../../../shared/recompiler/listing/interface/words.ts";
import type { ListedBlock } from "../../../shared/recompiler/listing/listing.ts";
import { hex } from "../../../shared/recompiler/machine.ts";
import type { CallInterface, CapturedInput, FunctionLink, FunctionView } from "../../../shared/runs/functions/show.ts";
import { describeObstacle } from "../../../shared/stages/validation-verdict.ts";
import { percent, words } from "./list.ts";

/** From which side code is shown. */
export const SIDES = ["asm", "ir", "wasm"] as const;
export type Side = (typeof SIDES)[number];

/** @param width columns there are: the sides stand beside each other where they have room */
export function formatFunction(view: FunctionView, width: number, sides: readonly Side[] = SIDES): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Status", `${words(view.status)}${view.reason === undefined ? "" : `: ${view.reason}`}`],
    ["Differs", view.status === "disproven" ? `since which instruction: ${divergeCommand(view)}` : undefined],
    ["Lifted", liftedOf(view)],
    ["Tests", testsOf(view)],
    ["Called by", linksOf(view.callers)],
    ["Calls", linksOf(view.callees)],
    ["Reached", reachedOf(view)],
    ["Reads", listOf(view.interface.reads)],
    ["Writes", listOf(view.interface.writes)],
    ["Preserves", view.interface.returns ? listOf(view.interface.preserves) : undefined],
    ["Besides", besidesOf(view.interface)],
    ["Assumes", assumptionOf(view.interface)],
  ];
  return [
    `${view.name} at ${view.address}, ${view.size} bytes, found by ${view.found_by}; ${view.program}, run ${view.run_id}`,
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(10)} ${value}`])),
    ...(view.lift?.obstacles ?? []).map((obstacle) => `  obstacle: ${describeObstacle(obstacle)}`),
    ...view.captured_inputs.map(capturedOf),
    "",
    ...listingOf(view, width, sides),
  ].join("\n");
}

const divergeCommand = ({ run_id, address }: FunctionView): string => `restep functions ${run_id} ${address} --diverge`;

function liftedOf({ lift, treatment }: FunctionView): string | undefined {
  if (lift === undefined || lift.wasm_bytes === 0) return undefined;
  const { blocks, instructions, wasm_bytes, indirect_jumps } = lift;
  const jumps = indirect_jumps === 0 ? "" : `, ${indirect_jumps} jumps through registers that no table explains`;
  const stub = treatment === "stub" ? " (of its stub)" : "";
  return `${blocks} blocks, ${instructions} instructions, ${wasm_bytes} bytes of WebAssembly${stub}${jumps}`;
}

function testsOf({ test }: FunctionView): string | undefined {
  if (test === undefined) return undefined;
  const ended = (all: number, normal: number) => (all === normal ? "" : ` (${normal} came to a normal end)`);
  return [
    `${test.captured_states} captured inputs${ended(test.captured_states, test.captured_ends)}`,
    `${test.random_states} made up${ended(test.random_states, test.random_ends)}`,
    `${test.inconclusive_states} inconclusive`,
    `ran ${test.instructions_run} of ${test.instructions} instructions (${percent(test.instructions_run, test.instructions)})`,
  ].join("; ");
}

/** A line is read by people. */
const MOST_LINKS = 12;

function linksOf(links: readonly FunctionLink[]): string | undefined {
  if (links.length === 0) return undefined;
  const shown = links.slice(0, MOST_LINKS).map(({ function: name, kind, at }) => {
    const times = at.length === 1 ? "" : ` and ${at.length - 1} more`;
    return `${name} (${kind === "jump" ? "jump " : ""}at ${at[0]}${times})`;
  });
  const more = links.length > MOST_LINKS ? ` and ${links.length - MOST_LINKS} more` : "";
  return `${shown.join(", ")}${more}`;
}

function reachedOf({ runs, first_called_by: callers }: FunctionView): string {
  if (runs.length === 0) return "by none of the config's runs";
  return runs.map((run) => `by run ${run}${callers[run] == null ? "" : `, first from ${callers[run]}`}`).join("; ");
}

const listOf = (names: readonly string[]): string => (names.length === 0 ? "nothing" : shortened(names));

function besidesOf({ returns, makes_system_calls: makesCalls }: CallInterface): string | undefined {
  const parts = [...(makesCalls ? ["makes system calls"] : []), ...(returns ? [] : ["does not return"])];
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** What follows from it would not be true of a program that breaks it. */
function assumptionOf({ assumed }: CallInterface): string | undefined {
  const [first] = assumed;
  if (first === undefined) return undefined;
  const count = assumed.length === 1 ? "a call" : `${assumed.length} calls`;
  const where = `in ${first.function} at ${first.at}${assumed.length === 1 ? "" : ` and others`}`;
  return `that ${count} through registers, ${where}, keep to the calling convention; else it may read and write everything`;
}

function capturedOf({ index, call, instructions, end, registers, system_calls: calls }: CapturedInput): string {
  const values = Object.entries(registers).map(([name, value]) => `${name}=${value}`);
  const asked = calls.length === 0 ? "" : `; ${calls.slice(0, MOST_LINKS).join(", ")}`;
  const ended = end === "returned" ? "returned" : `ended by ${end}`;
  return `  captured state ${index} (call ${call}): ${values.join(" ")}: ${ended} after ${instructions} instructions${asked}`;
}

const TITLES: Readonly<Record<Side, string>> = { asm: "Assembly", ir: "IR", wasm: "WebAssembly" };

interface Columns {
  readonly head: string;
  readonly columns: readonly (readonly string[])[];
}

const PLACES = {
  inside: "",
  outside: " (another function has it too)",
  unreached: " (no way leads here)",
} as const;

const LINES: Readonly<Record<Side, (block: ListedBlock) => readonly string[]>> = {
  asm: ({ assembly }) => assembly.map(({ address, text }) => `${address.toString(16).padStart(8, "0")}  ${text}`),
  ir: ({ ir }) => ir,
  wasm: ({ wasm }) => wasm.map(({ at, text }) => `${at.toString(16).padStart(5, "0")}  ${text}`),
};

const columnsOf = (block: ListedBlock, sides: readonly Side[]): Columns => ({
  head: `${hex(block.address)}:${PLACES[block.place]}`,
  columns: sides.map((side) => LINES[side](block)),
});

function listingOf({ listing, status }: FunctionView, width: number, wanted: readonly Side[]): string[] {
  const { blocks, ir, obstacle, isAsInModule } = listing;
  const sides: readonly Side[] = ir === undefined ? ["asm"] : wanted;
  const titles = sides.map((side) => TITLES[side]);
  const all = blocks.map((block) => columnsOf(block, sides));
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...all.flatMap(({ columns }) => columns[column]!.map(({ length }) => length))),
  );
  const total = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  const notes = [
    ...(obstacle === undefined
      ? []
      : [`Not lifted: ${obstacle.instruction.replace("\t", " ")} at ${hex(obstacle.address)}: ${obstacle.reason}`]),
    ...(isAsInModule === false ? [status === "excluded" ? LEFT_OUT : LIFTED_OTHERWISE] : []),
    ...(ir === undefined || !sides.includes("ir") ? [] : [ir]),
  ];
  if (titles.length === 1)
    return [...notes, ...all.flatMap(({ head, columns }) => [head, ...columns[0]!.map(indented)])];
  return [...notes, ...(total > width ? stacked(all, titles) : sideBySide(all, titles, widths))];
}

const LEFT_OUT = "The config leaves it out of the run's module; this is what it would be.";
const LIFTED_OTHERWISE = "The run's module holds other code: this version lifts the function otherwise.";

const GAP = "  │ ";

function sideBySide(all: readonly Columns[], titles: readonly string[], widths: readonly number[]): string[] {
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join(GAP)
      .trimEnd();
  return [
    line(titles),
    ...all.flatMap(({ head, columns }) => {
      const height = Math.max(...columns.map(({ length }) => length));
      const rows = Array.from({ length: height }, (_, row) => line(columns.map((lines) => lines[row] ?? "")));
      return [head, ...rows];
    }),
  ];
}

function stacked(all: readonly Columns[], titles: readonly string[]): string[] {
  return titles.flatMap((title, column) => [
    `${title}:`,
    ...all.flatMap(({ head, columns }) => {
      const lines = columns[column]!;
      return lines.length === 0 ? [] : [head, ...lines.map(indented)];
    }),
  ]);
}

const indented = (line: string): string => `  ${line}`;
