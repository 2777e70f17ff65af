import { CONDITIONS } from "../../../../shared/recompiler/lift/rows/conditions.ts";

type Condition = keyof typeof CONDITIONS;

/** The row of one branch stands for that of another while the work is done. */
export async function withWrongRow<Value>(
  branch: Condition,
  other: Condition,
  work: () => Promise<Value>,
): Promise<Value> {
  const rows = CONDITIONS as { -readonly [Name in Condition]: (typeof CONDITIONS)[Name] };
  const right = rows[branch];
  rows[branch] = rows[other];
  try {
    return await work();
  } finally {
    rows[branch] = right;
  }
}
