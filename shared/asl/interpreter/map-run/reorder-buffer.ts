/** Puts what comes in any order in the order of its index. */
export class ReorderBuffer<Entry> {
  readonly #waiting = new Map<number, Entry>();
  readonly #mostWaiting: number;
  readonly #release: (entry: Entry) => void;
  #next = 0;

  /**
   * @param release takes each entry when all before it were released.
   * @param mostWaiting entries that wait at most for one before them; beyond that all are released, and one that comes late at once.
   */
  constructor(release: (entry: Entry) => void, mostWaiting = Number.POSITIVE_INFINITY) {
    this.#release = release;
    this.#mostWaiting = mostWaiting;
  }

  /** Those that wait for one before them. */
  get waiting(): Iterable<Entry> {
    return this.#waiting.values();
  }

  add(index: number, entry: Entry): void {
    if (index > this.#next) {
      this.#waiting.set(index, entry);
      if (this.#waiting.size > this.#mostWaiting) this.flush();
      return;
    }
    if (index === this.#next) this.#next += 1;
    this.#release(entry);
    if (this.#waiting.size > 0) this.#releaseFollowing();
  }

  /** Releases those that wait, whatever is missing before them. */
  flush(): void {
    for (const [index, entry] of [...this.#waiting].sort(([one], [other]) => one - other)) {
      this.#next = index + 1;
      this.#release(entry);
    }
    this.#waiting.clear();
  }

  clear(): void {
    this.#waiting.clear();
  }

  #releaseFollowing(): void {
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += 1;
      this.#release(next);
    }
  }
}
