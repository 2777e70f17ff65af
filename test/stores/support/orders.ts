/**
 * Every sequence of choices, each run once: the last choice that has another side is turned next.
 * @returns how many there were
 */
export async function inEveryOrder(run: (choose: (n: number) => number) => Promise<void>): Promise<number> {
  let prefix: number[] = [];
  for (let count = 1; ; count += 1) {
    const made: { chosen: number; of: number }[] = [];
    await run((of) => {
      const chosen = prefix[made.length] ?? 0;
      made.push({ chosen, of });
      return chosen;
    });
    const last = made.findLastIndex(({ chosen, of }) => chosen + 1 < of);
    if (last < 0) return count;
    prefix = [...made.slice(0, last).map(({ chosen }) => chosen), made[last]!.chosen + 1];
  }
}
