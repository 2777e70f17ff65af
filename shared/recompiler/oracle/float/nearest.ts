/**
 * Operations in the mode that programs run in, to nearest with subnormal results, by the host's arithmetic. Each tells whether its
 * result is exact, by error-free transformations (Dekker 1971, Knuth 4.2.2): the error of a sum or a product is a number of the same
 * format and can be computed.
 *
 * What has NaNs, infinities or exponents near the ends of the range is declined, by giving NaN: `exact.ts` does that.
 */

/** Written by each operation that does not decline. */
export const outcome = { isInexact: false };

const DECLINED = Number.NaN;

/** Inside, no error of a product of two numbers is lost, and no part of a sum overflows. */
const LARGE = 2 ** 480;
const SMALL = 2 ** -480;

function isModerate(number: number): boolean {
  const magnitude = Math.abs(number);
  return magnitude < LARGE && magnitude > SMALL;
}

const isModerateOrZero = (number: number): boolean => number === 0 || isModerate(number);

function settled(result: number, isInexact: boolean): number {
  outcome.isInexact = isInexact;
  return result;
}

/** What `sum`, the rounded sum of two numbers, lacks. */
function errorOfSum(a: number, b: number, sum: number): number {
  const second = sum - a;
  return a - (sum - second) + (b - second);
}

const SPLITTER = 2 ** 27 + 1;

/** What `product`, the rounded product of two numbers, lacks. */
function errorOfProduct(a: number, b: number, product: number): number {
  const [scaledA, scaledB] = [SPLITTER * a, SPLITTER * b];
  const highA = scaledA - (scaledA - a);
  const highB = scaledB - (scaledB - b);
  const [lowA, lowB] = [a - highA, b - highB];
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/** Numbers of a format with the host's operations: what differs is rounding to 24 bits. */
export interface Nearest {
  readonly add: (a: number, b: number) => number;
  readonly subtract: (a: number, b: number) => number;
  readonly multiply: (a: number, b: number) => number;
  readonly divide: (a: number, b: number) => number;
  readonly squareRoot: (a: number) => number;
}

function addDoubles(a: number, b: number): number {
  const sum = a + b;
  if (!isModerateOrZero(a) || !isModerateOrZero(b) || !isModerateOrZero(sum)) return DECLINED;
  return settled(sum, errorOfSum(a, b, sum) !== 0);
}

function multiplyDoubles(a: number, b: number): number {
  const product = a * b;
  if (product === 0 && (a === 0 || b === 0)) return settled(product, false);
  if (!isModerate(a) || !isModerate(b)) return DECLINED;
  return settled(product, errorOfProduct(a, b, product) !== 0);
}

function divideDoubles(a: number, b: number): number {
  const quotient = a / b;
  if (!isModerate(a) || !isModerate(b)) return DECLINED;
  const product = quotient * b;
  return settled(quotient, product !== a || errorOfProduct(quotient, b, product) !== 0);
}

function rootOfDouble(a: number): number {
  if (!isModerate(a) || a < 0) return DECLINED;
  const root = Math.sqrt(a);
  const square = root * root;
  return settled(root, square !== a || errorOfProduct(root, root, square) !== 0);
}

export const DOUBLES: Nearest = {
  add: addDoubles,
  subtract: (a, b) => addDoubles(a, -b),
  multiply: multiplyDoubles,
  divide: divideDoubles,
  squareRoot: rootOfDouble,
};

const SMALLEST_SINGLE = 2 ** -126;
const TWO_TO_128 = 2 ** 128;

/** Whether rounding to single is neither an overflow nor near an underflow. */
const isSingleRange = (single: number): boolean => single > -TWO_TO_128 && single < TWO_TO_128;

/**
 * A double is more than twice as long as a single, so that rounding to the one and then to the other is rounding once (Figueroa
 * 1995); sums and products, quotients and roots are all covered.
 */
function rounded(wide: number, isExactlyWide: boolean): number {
  const single = Math.fround(wide);
  if (!isSingleRange(single) || (single > -2 * SMALLEST_SINGLE && single < 2 * SMALLEST_SINGLE && wide !== 0)) {
    return DECLINED;
  }
  return settled(single, !isExactlyWide || single !== wide);
}

function addSingles(a: number, b: number): number {
  const sum = a + b;
  return rounded(sum, errorOfSum(a, b, sum) === 0);
}

function divideSingles(a: number, b: number): number {
  if (!Number.isFinite(b)) return DECLINED;
  const quotient = a / b;
  return rounded(quotient, Math.fround(quotient) * b === a);
}

function rootOfSingle(a: number): number {
  if (a < 0) return DECLINED;
  const root = Math.fround(Math.sqrt(a));
  return rounded(root, root * root === a);
}

export const SINGLES: Nearest = {
  add: addSingles,
  subtract: (a, b) => addSingles(a, -b),
  // The product of two singles is a double.
  multiply: (a, b) => rounded(a * b, true),
  divide: divideSingles,
  squareRoot: rootOfSingle,
};

/** A double as the single nearest to it. */
export const toSingle = (wide: number): number => rounded(wide, true);
