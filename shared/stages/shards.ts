/** At most so many shards: their list travels in the state machine's payload, which is limited to 256 KiB. */
const MAX_SHARDS = 200;

/**
 * Splits functions into runs of neighbours. The split decides who does the work, never what comes out.
 * @param perShard functions in a shard; more where there would be too many shards
 */
export function splitIntoShards<T>(functions: readonly T[], perShard: number): T[][] {
  const size = Math.max(perShard, Math.ceil(functions.length / MAX_SHARDS));
  const count = Math.max(1, Math.ceil(functions.length / size));
  return Array.from({ length: count }, (_, shard) => functions.slice(shard * size, (shard + 1) * size));
}
