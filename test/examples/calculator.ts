/** The dispatch example's operators again, on BigInt: what its answers are compared with. */

const signed = (value: bigint) => BigInt.asIntN(64, value);
const unsigned = (value: bigint) => BigInt.asUintN(64, value);
const truth = (claim: boolean) => (claim ? 1n : 0n);
const magnitude = (value: bigint) => (value < 0n ? -value : value);

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [magnitude(left), magnitude(right)];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** Wraps as it goes, or the number would not fit any memory. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of [...exponent.toString(2)]) result = signed(result * result * (bit === "1" ? base : 1n));
  return exponent === 0n ? 1n : result;
}

export const BINARY: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "%": (left, right) => left % right,
  "u/": (left, right) => unsigned(left) / unsigned(right),
  "u%": (left, right) => unsigned(left) % unsigned(right),
  pow: power,
  gcd: greatestCommonDivisor,
  min: (left, right) => (left < right ? left : right),
  max: (left, right) => (left > right ? left : right),
  "&": (left, right) => left & right,
  "|": (left, right) => left | right,
  "^": (left, right) => left ^ right,
  "<<": (left, right) => left << (right & 63n),
  ">>": (left, right) => left >> (right & 63n),
  "u>>": (left, right) => unsigned(left) >> (right & 63n),
  "=": (left, right) => truth(left === right),
  "<>": (left, right) => truth(left !== right),
  "<": (left, right) => truth(left < right),
  ">": (left, right) => truth(left > right),
  "<=": (left, right) => truth(left <= right),
  ">=": (left, right) => truth(left >= right),
  "u<": (left, right) => truth(unsigned(left) < unsigned(right)),
};

export const UNARY: Readonly<Record<string, (value: bigint) => bigint>> = {
  neg: (value) => -value,
  abs: magnitude,
  "~": (value) => ~value,
  not: (value) => truth(value === 0n),
  bits: (value) => BigInt([...unsigned(value).toString(2)].filter((bit) => bit === "1").length),
  rev: (value) => BigInt(`0x${unsigned(value).toString(16).padStart(16, "0").match(/../g)!.reverse().join("")}`),
};

/** Operators whose right operand may not be zero, and those whose right operand may not be negative. */
export const DIVISIONS = new Set(["/", "%", "u/", "u%"]);
export const POWERS = new Set(["pow"]);

export function applyBinary(operator: string, left: bigint, right: bigint): bigint {
  return signed(BINARY[operator]!(left, right));
}

export function applyUnary(operator: string, value: bigint): bigint {
  return signed(UNARY[operator]!(value));
}
