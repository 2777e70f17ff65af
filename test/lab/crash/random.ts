/** Numbers in [0, 1) that follow from a seed: mulberry32 over a hash of the text (FNV-1a). */
export function seededRandom(seed: string): () => number {
  let state = 0x811c_9dc5;
  for (const byte of Buffer.from(seed)) state = Math.imul(state ^ byte, 0x0100_0193);
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
