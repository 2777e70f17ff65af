/** Puts what comes in any order in the order of its index. */
export class InOrder<Entry> {
  readonly #waiting = new Map<number, Entry>();
  readonly #mostWaiting: number;
  readonly #tell: (entry: Entry) => void;
  #next = 0;

  /**
   * @param tell is told each entry when all before it were told.
   * @param mostWaiting entries that wait at most for one before them; when there are more, it is told when it comes.
   */
  constructor(tell: (entry: Entry) => void, mostWaiting = Number.POSITIVE_INFINITY) {
    this.#tell = tell;
    this.#mostWaiting = mostWaiting;
  }

  /** Those that wait for one before them. */
  get waiting(): Iterable<Entry> {
    return this.#waiting.values();
  }

  take(index: number, entry: Entry): void {
    if (index > this.#next) {
      this.#waiting.set(index, entry);
      if (this.#waiting.size > this.#mostWaiting) this.tellAll();
      return;
    }
    if (index === this.#next) this.#next += 1;
    this.#tell(entry);
    if (this.#waiting.size > 0) this.#tellFollowing();
  }

  /** Tells those that wait, whatever is missing before them. */
  tellAll(): void {
    for (const [index, entry] of [...this.#waiting].sort(([one], [other]) => one - other)) {
      this.#next = index + 1;
      this.#tell(entry);
    }
    this.#waiting.clear();
  }

  clear(): void {
    this.#waiting.clear();
  }

  #tellFollowing(): void {
    for (let next = this.#waiting.get(this.#next); next !== undefined; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += 1;
      this.#tell(next);
    }
  }
}
