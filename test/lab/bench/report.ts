import type { Result } from "./measure.ts";

/** One line of `--json`. `against` names what `ratio` compares with; both stand only where it was measured. */
export interface BenchLine {
  readonly suite: string;
  readonly case: string;
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  readonly against?: string;
  readonly ratio?: number;
}

/** Six digits say more than any repeat can. */
const rounded = (value: number) => Number(value.toPrecision(6));

export function toLine(suite: string, result: Result): BenchLine {
  const line = {
    suite,
    case: result.case,
    metric: result.metric.name,
    unit: result.metric.unit,
    value: rounded(result.subject.value),
  };
  if (result.against === undefined || result.ratio === undefined) return line;
  return { ...line, against: result.against.name, ratio: rounded(result.ratio) };
}

const HEADINGS = ["case", "metric", "value", "spread", "against", "value", "spread", "ratio"] as const;
const NUMERIC = new Set([2, 3, 5, 6, 7]);

/** Three significant digits, whole numbers in full. */
function formatValue(value: number, unit: string): string {
  const digits = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  return `${digits} ${unit}`;
}

const formatSpread = (share: number) => `±${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;

function toCells({ case: name, metric, subject, against, ratio }: Result): string[] {
  const cells = [name, metric.name, formatValue(subject.value, metric.unit), formatSpread(subject.spread)];
  if (against === undefined || ratio === undefined) return [...cells, "", "", "", ""];
  return [
    ...cells,
    against.name,
    formatValue(against.value, metric.unit),
    formatSpread(against.spread),
    `${ratio.toPrecision(3)}x`,
  ];
}

/** A suite's results as a table: text to the left, numbers to the right. Ends with a newline. */
export function formatTable(suite: string, results: readonly Result[]): string {
  const rows = [[...HEADINGS], ...results.map(toCells)];
  const hasComparison = results.some((result) => result.against);
  const columns = HEADINGS.map((_, column) => column).slice(0, hasComparison ? HEADINGS.length : 4);
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    columns
      .map((column) =>
        NUMERIC.has(column) ? row[column]!.padStart(widths[column]!) : row[column]!.padEnd(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  return `${suite}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
