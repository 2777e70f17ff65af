/** Whole numbers from 0 on, a bit for each: a Map Run that is taken up again may have millions of children behind it. */
export class IndexSet {
  #bits = new Uint8Array(128);

  has(index: number): boolean {
    const byte = this.#bits[index >>> 3];
    return byte !== undefined && (byte & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    const position = index >>> 3;
    if (position >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(position + 1, this.#bits.length * 2));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[position]! |= 1 << (index & 7);
  }
}
