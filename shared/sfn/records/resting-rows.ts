/** Where a record stands among those at rest: the latest first, and those of one time by name. */
export interface RestingPlace {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** 40 hexadecimal digits. */
  readonly name: string;
}

/** Words of 32 bits in a name. */
const WORDS = 5;
const FIRST_CAPACITY = 256;

function columnsFor(capacity: number) {
  return {
    times: new Float64Array(capacity),
    groups: new Uint32Array(capacity),
    names: Array.from({ length: WORDS }, () => new Uint32Array(capacity)),
  };
}

/**
 * Which records rest, in order: 32 bytes for each, outside the heap, for there may be any number of them. What lists filter by
 * is looked at once for all records of a group.
 */
export class RestingRows<Group> {
  #columns = columnsFor(FIRST_CAPACITY);
  #count = 0;
  readonly #groups: Group[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #read: (text: string) => Group;

  /** @param read what a group's text says */
  constructor(read: (text: string) => Group) {
    this.#read = read;
  }

  /** One that is there is not to be added again. */
  add(place: RestingPlace, group: string): void {
    this.append(place, group);
    const last = this.#count - 1;
    const row = this.#rowAfter(last);
    for (const column of this.#all()) {
      const value = column[last]!;
      column.copyWithin(row + 1, row, last);
      column[row] = value;
    }
  }

  /** For many at once: `sort` before anything else. */
  append(place: RestingPlace, group: string): void {
    this.#write(place);
    this.#columns.groups[this.#count] = this.#indexOf(group);
    this.#count += 1;
    if (this.#count === this.#columns.times.length) this.#grow();
  }

  sort(): void {
    const rows = Uint32Array.from({ length: this.#count }, (_, row) => row);
    if (rows.every((row) => row === 0 || this.#compare(row - 1, row) <= 0)) return;
    rows.sort((one, other) => this.#compare(one, other));
    for (const column of this.#all()) {
      const before = column.slice(0, this.#count);
      for (const [row, old] of rows.entries()) column[row] = before[old]!;
    }
  }

  /** @returns whether it was there */
  remove(name: string): boolean {
    const row = this.#rowOf(name);
    if (row === -1) return false;
    for (const column of this.#all()) column.copyWithin(row, row + 1, this.#count);
    this.#count -= 1;
    return true;
  }

  has(name: string): boolean {
    return this.#rowOf(name) !== -1;
  }

  /**
   * The first of some groups.
   * @param after only those that come after this place, of which there need be no record any more
   */
  first(most: number, accepts: (group: Group) => boolean, after?: RestingPlace): RestingPlace[] {
    const { times, groups } = this.#columns;
    const accepted = this.#groups.map(accepts);
    const found: RestingPlace[] = [];
    let row = after === undefined ? this.#count : this.#rowBefore(after);
    while (found.length < most && --row >= 0) {
      if (accepted[groups[row]!]) found.push({ time: times[row]!, name: this.#nameOf(row) });
    }
    return found;
  }

  #all() {
    const { times, groups, names } = this.#columns;
    return [times, groups, ...names];
  }

  #indexOf(group: string): number {
    const known = this.#indexes.get(group);
    if (known !== undefined) return known;
    this.#indexes.set(group, this.#groups.length);
    return this.#groups.push(this.#read(group)) - 1;
  }

  /** Behind the last row, where there always is room for one. */
  #write({ time, name }: RestingPlace): void {
    const { times, names } = this.#columns;
    times[this.#count] = time;
    for (const [word, value] of wordsOf(name).entries()) names[word]![this.#count] = value;
  }

  /** The first row, of those before it, that must come after a row; what came last is looked for at the end first. */
  #rowAfter(sought: number): number {
    let [low, high] = [0, sought];
    if (high > 0 && this.#compare(high - 1, sought) <= 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, sought) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where lists go on behind a place. */
  #rowBefore(place: RestingPlace): number {
    this.#write(place);
    const row = this.#rowAfter(this.#count);
    return row > 0 && this.#compare(row - 1, this.#count) === 0 ? row - 1 : row;
  }

  /** Rows are in the order opposite to that of lists, so that what ends last is added at the end. */
  #compare(one: number, other: number): number {
    const { times, names } = this.#columns;
    if (times[one] !== times[other]) return times[one]! - times[other]!;
    for (const column of names) if (column[one] !== column[other]) return column[other]! - column[one]!;
    return 0;
  }

  #rowOf(name: string): number {
    const words = wordsOf(name);
    const { names } = this.#columns;
    const heads = names[0]!.subarray(0, this.#count);
    for (let row = heads.indexOf(words[0]!); row !== -1; row = heads.indexOf(words[0]!, row + 1)) {
      if (names.every((column, word) => column[row] === words[word])) return row;
    }
    return -1;
  }

  #nameOf(row: number): string {
    return this.#columns.names.map((column) => column[row]!.toString(16).padStart(8, "0")).join("");
  }

  #grow(): void {
    const before = this.#all();
    this.#columns = columnsFor(Math.ceil(this.#count * 1.25));
    for (const [index, column] of this.#all().entries()) column.set(before[index]!);
  }
}

function wordsOf(name: string): number[] {
  return Array.from({ length: WORDS }, (_, word) => Number.parseInt(name.slice(8 * word, 8 * word + 8), 16));
}
