/** Numbers of IEEE 754 as bit patterns (unsigned bigints) and as what they stand for. */

export interface Format {
  readonly bits: 32 | 64;
  /** Bits of the significand, the hidden one among them. */
  readonly precision: number;
  /** Exponents of the smallest and of the largest normal number. */
  readonly smallest: number;
  readonly largest: number;
}

export const SINGLE: Format = { bits: 32, precision: 24, smallest: -126, largest: 127 };
export const DOUBLE: Format = { bits: 64, precision: 53, smallest: -1022, largest: 1023 };

/** A finite number is `significand * 2 ** exponent`, negative where `sign` is 1n; zero has the significand 0n. */
export type Value =
  | { readonly kind: "finite"; readonly sign: bigint; readonly significand: bigint; readonly exponent: number }
  | { readonly kind: "infinity"; readonly sign: bigint }
  | { readonly kind: "nan"; readonly sign: bigint; readonly isSignalling: boolean; readonly fraction: bigint };

export type Finite = Extract<Value, { readonly kind: "finite" }>;

const fractionBits = ({ precision }: Format): number => precision - 1;
const exponentOnes = ({ bits, precision }: Format): bigint => (1n << BigInt(bits - precision)) - 1n;
const signOf = ({ bits }: Format, sign: bigint): bigint => sign << BigInt(bits - 1);
const quietBit = (format: Format): bigint => 1n << BigInt(format.precision - 2);

/**
 * @param isNan2008 the top bit of a NaN's fraction says that it is quiet, as IEEE 754-2008 asks; in the older convention of
 *   MIPS it says that it is signalling
 */
export function unpack(format: Format, pattern: bigint, isNan2008: boolean): Value {
  const width = BigInt(fractionBits(format));
  const fraction = pattern & ((1n << width) - 1n);
  const exponent = (pattern >> width) & exponentOnes(format);
  const sign = pattern >> BigInt(format.bits - 1);
  if (exponent === exponentOnes(format)) {
    if (fraction === 0n) return { kind: "infinity", sign };
    const hasTopBit = (fraction & quietBit(format)) !== 0n;
    return { kind: "nan", sign, isSignalling: hasTopBit !== isNan2008, fraction };
  }
  const isNormal = exponent !== 0n;
  const significand = isNormal ? fraction | (1n << width) : fraction;
  return {
    kind: "finite",
    sign,
    significand,
    exponent: (isNormal ? Number(exponent) + format.smallest - 1 : format.smallest) - Number(width),
  };
}

export const zero = (format: Format, sign: bigint): bigint => signOf(format, sign);

export const negated = (format: Format, pattern: bigint): bigint => pattern ^ signOf(format, 1n);

export const infinity = (format: Format, sign: bigint): bigint =>
  signOf(format, sign) | (exponentOnes(format) << BigInt(fractionBits(format)));

/** The largest finite number. */
export const greatest = (format: Format, sign: bigint): bigint => infinity(format, sign) - 1n;

/** `significand` has the format's precision, or less and then the smallest exponent. */
export function finite(format: Format, sign: bigint, significand: bigint, exponent: number): bigint {
  const biased = BigInt(exponent + fractionBits(format) - format.smallest);
  // The hidden bit counts the exponent of a normal number up by one.
  return signOf(format, sign) | ((biased << BigInt(fractionBits(format))) + significand);
}

/** What an operation gives that has no number as its result (MIPS32 Volume I, "Value Supplied to Generate a New Quiet NaN"). */
export function defaultNan(format: Format, isNan2008: boolean): bigint {
  const fraction = isNan2008 ? quietBit(format) : quietBit(format) - 1n;
  return infinity(format, 0n) | fraction;
}

/** A quiet NaN of 2008. */
export const nan = (format: Format, sign: bigint, fraction: bigint): bigint =>
  infinity(format, sign) | quietBit(format) | fraction;

/** Number of bits that a number above 0n takes. */
export function bitLength(number: bigint): number {
  const digits = number.toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits[0]!, 16)) + 28;
}
