/**
 * Columns as wide as their widest cell. What stands alone in the last ones may be longer.
 * @param rows the head first: those with as many cells make the widths
 * @param right columns whose cells are numbers, by position
 */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const [head = []] = rows;
  const widths = head.map(() => 0);
  for (const row of rows) {
    if (row.length !== head.length) continue;
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column]!, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
