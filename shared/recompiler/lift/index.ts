export { buildGraph as buildIr } from "./function.ts";
export { type LinkRequest, linkShards } from "./link.ts";
export type { LiftReport } from "./report.ts";
export { type LiftedShard, liftShard, type ShardRequest } from "./shard.ts";
