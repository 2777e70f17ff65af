import type { TrialReport } from "./trials.ts";

export interface KindTally {
  readonly kind: string;
  readonly tried: number;
  readonly held: number;
  readonly failed: number;
}

export interface Tally {
  readonly kinds: readonly KindTally[];
  readonly tried: number;
  readonly held: number;
  readonly failed: number;
  /** The largest of each measure. */
  readonly most: Readonly<Record<string, number>>;
}

export interface Counter {
  add(report: TrialReport): void;
  readonly tally: Tally;
}

export function counter(): Counter {
  const kinds = new Map<string, { tried: number; failed: number }>();
  const most = new Map<string, number>();
  return {
    add({ kind, problems, measures = {}, seconds }) {
      const counts = kinds.get(kind) ?? { tried: 0, failed: 0 };
      kinds.set(kind, counts);
      counts.tried++;
      if (problems.length > 0) counts.failed++;
      for (const [name, value] of Object.entries({ ...measures, seconds })) {
        most.set(name, Math.max(value, most.get(name) ?? 0));
      }
    },
    get tally() {
      const rows = [...kinds]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([kind, { tried, failed }]) => ({ kind, tried, held: tried - failed, failed }));
      const sum = (field: "tried" | "held" | "failed") => rows.reduce((total, row) => total + row[field], 0);
      const rounded = Object.fromEntries([...most].map(([name, value]) => [name, Math.round(value * 10) / 10]));
      return { kinds: rows, tried: sum("tried"), held: sum("held"), failed: sum("failed"), most: rounded };
    },
  };
}

/** The table at the end, a line each. */
export function tableOf({ kinds, tried, held, failed, most }: Tally): string[] {
  const rows = [
    ["what was tried", "tried", "held", "failed"],
    ...[...kinds, { kind: "all", tried, held, failed }].map((row) => [
      row.kind,
      `${row.tried}`,
      `${row.held}`,
      `${row.failed}`,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  const figures = Object.entries(most).map(([name, value]) => `${name} ${value}`);
  return [...rows.map(line), `the most of one trial: ${figures.join(", ")}`];
}
