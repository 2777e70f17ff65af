/**
 * Arrays that a pass fills and forgets, used again for the next function: there are dozens to a function, and making
 * them new took a quarter of a lift. Each belongs to one place in the code, which is done with it before it asks again.
 */

export class Ints {
  #array = new Int32Array(1024);

  /** At least `length` numbers, the first `length` of them `value`. */
  take(length: number, value = 0): Int32Array {
    if (this.#array.length < length) this.#array = new Int32Array(length * 2);
    return this.#array.fill(value, 0, length);
  }
}

export class Bytes {
  #array = new Uint8Array(1024);

  take(length: number): Uint8Array {
    if (this.#array.length < length) this.#array = new Uint8Array(length * 2);
    return this.#array.fill(0, 0, length);
  }
}
