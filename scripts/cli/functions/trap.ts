import type { GuestFrame } from "../../../shared/runs/functions/trap.ts";
import type { TrapReport } from "../../../shared/runs/functions/trap-report.ts";
import { table } from "../table.ts";

/** As many registers stand in a line. */
const IN_A_LINE = 6;

/** What happened where, the calls under way, the registers, and the lines of config that get past it. */
export function formatTrap({ message, frames, registers, older, remedies }: TrapReport): string {
  const [innermost] = frames;
  return [
    `${message}${innermost === undefined ? "" : `, in ${placeOf(innermost)}`}`,
    ...(frames.length < 2
      ? []
      : ["Calls under way, the last first (those of lifted code; a tail call leaves none):", ...tableOf(frames)]),
    `Registers${older.length === 0 ? "" : " (~: as of the last call; the function may have changed it since)"}:`,
    ...linesOf(registers, new Set(older)),
    ...(remedies.length === 0 ? [] : ["To get past it, one of these in the run's config:"]),
    ...remedies.flatMap(({ effect, config }) =>
      Object.entries(config).map(([key, value]) => `  "${key}": ${JSON.stringify(value)}   (${effect})`),
    ),
    ...(innermost === undefined || remedies.length === 0 ? [] : ownFunction(innermost)),
  ].join("\n");
}

/** The same without running anything again. */
function ownFunction({ function: name }: GuestFrame): string[] {
  return [
    "Or give the function yourself, with --host FILE.mjs and in that file:",
    `  export const functions = { ${JSON.stringify(name)}: (guest) => 0 };`,
  ];
}

function placeOf({ function: name, place, address, instruction }: GuestFrame): string {
  return address === undefined ? name : `${place} (${address}: ${instruction})`;
}

function tableOf(frames: readonly GuestFrame[]): string[] {
  return table(
    frames.map(({ function: name, place = name, address = "", instruction = "" }) => [
      `  ${place}`,
      address,
      instruction,
    ]),
  );
}

function linesOf(registers: TrapReport["registers"], older: ReadonlySet<string>): string[] {
  const cells = Object.entries(registers).map(
    ([name, value]) => `${name.padStart(3)}${older.has(name) ? "~" : "="}${value}`,
  );
  return Array.from(
    { length: Math.ceil(cells.length / IN_A_LINE) },
    (_, line) => `  ${cells.slice(line * IN_A_LINE, (line + 1) * IN_A_LINE).join(" ")}`,
  );
}
