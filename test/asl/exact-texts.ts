import fc from "fast-check";

/** What came into an execution as this text is to come out as it. */
export const SPELT = '{"id":12345678901234567890,"f":1.0,"huge":1e400,"10":1,"2":{"b":-0.50,"1":[1E5,0.1]},"a":"1.0"}';

const digits = (minLength: number, maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength, maxLength }).map((each) => each.join(""));

const whole = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), digits(0, 30)).map(([first, rest]) => `${first}${rest}`),
  fc.nat(9).map(String),
);

/** Numbers as JSON may spell them, but for `-0`, which is the whole number 0. */
const numbers = fc
  .tuple(
    fc.constantFrom("", "-"),
    whole,
    fc.option(digits(1, 25)),
    fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "E-"), digits(1, 3))),
  )
  .map(
    ([sign, int, fraction, exponent]) =>
      `${sign}${int}${fraction === null ? "" : `.${fraction}`}${exponent?.join("") ?? ""}`,
  )
  .filter((text) => text !== "-0");

const keys = fc.oneof(
  fc.nat(30).map(String),
  fc.constantFrom("a", "id", "spelling", "double", "toJSON", "__proto__", "01", "4294967295", "12345678901"),
  fc.string(),
);

/** JSON without blanks, with the escapes that `JSON.stringify` writes, and each key of an object once. */
export const speltTexts: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(
      numbers,
      fc.string().map((text) => JSON.stringify(text)),
      fc.constantFrom("true", "null"),
    ),
    fc.array(tie("value"), { maxLength: 5 }).map((items) => `[${items.join()}]`),
    fc
      .uniqueArray(fc.tuple(keys, tie("value")), { selector: ([key]) => key, maxLength: 6 })
      .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`),
  ),
})).value;
