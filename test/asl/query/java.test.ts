import { describe, expect, it } from "vitest";
import { hashOrder } from "../../../shared/asl/query/java/hash-order.ts";
import { javaRandom } from "../../../shared/asl/query/java/random.ts";
import { javaText } from "../../../shared/asl/query/java/text.ts";

describe("values as Java prints them", () => {
  it.each([
    ["text", "text"],
    [null, "null"],
    [true, "true"],
    [12, "12"],
    [-1.5, "-1.5"],
    [0.001, "0.001"],
    [0.0005, "5.0E-4"],
    [12345678.25, "1.234567825E7"],
    [1e21, "1.0E21"],
    [9007199254740991, "9007199254740991"],
    [[1, "a", null], "[1, a, null]"],
    [{ Id: "x", List: [{ a: 1 }] }, "{Id=x, List=[{a=1}]}"],
    [{}, "{}"],
  ])("%j prints as %s", (value, expected) => {
    expect(javaText(value)).toBe(expected);
  });
});

describe("java.util.Random", () => {
  it("gives the upper bits of the integers that the JDK draws from seed 42", () => {
    const random = javaRandom(42);
    const integers = [-1170105035, 234785527, -1360544799, 205897768];
    expect(integers.map(() => random.nextInt(2 ** 30))).toEqual(integers.map((integer) => integer >>> 2));
  });

  it.each([
    [42, 99, 62],
    [1, 999, 105],
    [2, 999, 805],
    [1, 7, 4],
  ])("with seed %i below %i draws %i first", (seed, bound, expected) => {
    expect(javaRandom(seed).nextInt(bound)).toBe(expected);
  });

  it("gives doubles", () => {
    const random = javaRandom(42);
    expect([random.nextDouble(), random.nextDouble()]).toEqual([0.7275636800328681, 0.6832234717598454]);
  });
});

describe("the order of a HashSet", () => {
  it.each([
    [
      [3, 1, 2],
      [1, 2, 3],
    ],
    [
      [true, false],
      [false, true],
    ],
    [
      [
        [1, 2],
        [2, 1],
      ],
      [
        [2, 1],
        [1, 2],
      ],
    ],
    [
      [1, null],
      [null, 1],
    ],
    [
      [1, "1", "01"],
      [1, "1", "01"],
    ],
    [
      ["b", "a"],
      ["a", "b"],
    ],
    [
      [{ a: 1 }, 1.5],
      [{ a: 1 }, 1.5],
    ],
  ])("%j is listed as %j", (values, expected) => {
    expect(hashOrder(values)).toEqual(expected);
  });

  it("uses more buckets for more values", () => {
    const values = Array.from({ length: 40 }, (_, index) => 39 - index);
    expect(hashOrder(values)).toEqual(Array.from({ length: 40 }, (_, index) => index));
  });
});
