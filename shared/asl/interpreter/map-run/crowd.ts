/** Someone who may be in a crowd, in one at a time. */
export interface Member {
  /** Where in the crowd; -1 outside of one. */
  place: number;
}

/**
 * Those who are there, in no order.
 *
 * Not a Set or Map: V8 makes a small one a new table every few changes, and where the old table has lived long it makes
 * the new one among the old objects, too. That left 150 bytes behind for each child of a Map Run, for the rare full
 * collection to find.
 */
export class Crowd<M extends Member> implements Iterable<M> {
  readonly #members: M[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: M): void {
    member.place = this.#members.length;
    this.#members.push(member);
  }

  /** @returns false if it was not there. */
  remove(member: M): boolean {
    const { place } = member;
    if (place === -1) return false;
    const last = this.#members.pop()!;
    if (last !== member) {
      last.place = place;
      this.#members[place] = last;
    }
    member.place = -1;
    return true;
  }

  clear(): void {
    for (const member of this.#members) member.place = -1;
    this.#members.length = 0;
  }

  [Symbol.iterator](): Iterator<M> {
    return this.#members.values();
  }
}
