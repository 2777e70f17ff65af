import type { StageName } from "../../stages/declarations.ts";
import type { RunSize } from "./estimate.ts";

/**
 * Seconds of one core that a call of a stage takes, of programs like the examples: measured on 2026-11-30 over the four of them on an
 * x86-64 core of a shared machine, each within a factor of two. What a program's own runs take comes on top.
 */
const SECONDS: Partial<Readonly<Record<StageName, readonly [once: number, perFunction: number]>>> = {
  plan: [0.25, 0.006],
  lift: [0.05, 0.009],
  link: [0.01, 0.0005],
  validate: [0.2, 0.025],
};

const OTHERS = [0.025, 0] as const;
const SHARDED: readonly StageName[] = ["lift", "validate"];

/** What a call of a stage is likely to take, before anybody has called it. */
export function likelySeconds({ functions, shards }: Pick<RunSize, "functions" | "shards">) {
  return (stage: StageName): number => {
    const [once, perFunction] = SECONDS[stage] ?? OTHERS;
    return once + perFunction * (SHARDED.includes(stage) ? functions / shards : functions);
  };
}
