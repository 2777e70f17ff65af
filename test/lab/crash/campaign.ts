import type { Bench } from "./bench.ts";
import { countPoints, type Disturbance, type PointResult, tryPoint, type Undisturbed } from "./point.ts";
import type { Settings } from "./settings.ts";

/** One kind of disturbance at every operation of a run with so many workers. */
export interface Campaign {
  readonly workers: number;
  readonly kind: Disturbance;
  /** Operations that count for it, in the run that nothing disturbed. */
  readonly operations: number;
  /** Points at which the run was disturbed. */
  readonly tried: number;
  readonly failed: readonly PointResult[];
}

/** @param onResult told of each point that was struck or failed */
export async function runCampaign(
  bench: Bench,
  undisturbed: Undisturbed,
  { workers, kind }: Pick<Campaign, "workers" | "kind">,
  settings: Settings,
  onResult: (result: PointResult, tried: number) => void,
): Promise<Campaign> {
  const operations = countPoints(undisturbed, kind);
  const failed: PointResult[] = [];
  let tried = 0;
  let next = settings.from;
  let isOver = false;
  const work = async () => {
    while (!isOver && next <= settings.to) {
      const at = next++;
      if (!isInSlice(at, settings)) continue;
      const result = await tryPoint(bench, undisturbed, { workers, kind, at }, settings);
      // Threads take turns as they like, so the run may have an operation more this time, or one less.
      if (result.struck === undefined && at >= operations) isOver = true;
      if (result.struck !== undefined) tried += 1;
      if (result.problems.length > 0) failed.push(result);
      if (result.struck !== undefined || result.problems.length > 0) onResult(result, tried);
    }
  };
  await Promise.all(Array.from({ length: settings.jobs }, work));
  return { workers, kind, operations, tried, failed };
}

function isInSlice(at: number, { slice }: Settings): boolean {
  return (at - 1) % slice.of === slice.part - 1;
}
