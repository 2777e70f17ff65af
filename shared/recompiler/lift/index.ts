export { exportNameOf, type LinkRequest, linkShards } from "./link.ts";
export type { LiftReport } from "./report.ts";
export { type FunctionFlow, type LiftedShard, liftShard, type ShardRequest } from "./shard.ts";
