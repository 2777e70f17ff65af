import { ExactNumber } from "../exact/number.ts";
import { isObject } from "../json.ts";

/**
 * A value as Java prints it, which is how Step Functions writes values into text: `{Id=1, Name=x}`, `[1, 2]`, `null`,
 * strings without quotes.
 */
export function javaText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return javaNumber(value);
  if (value instanceof ExactNumber) return exactText(value);
  if (Array.isArray(value)) return `[${value.map(javaText).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.entries(value).map(([key, field]) => `${key}=${javaText(field)}`);
  return `{${fields.join(", ")}}`;
}

/** Whole numbers of any length have all their digits; others are doubles, and have a digit behind the point. */
function exactText({ isWhole, spelling, double }: ExactNumber): string {
  if (isWhole) return spelling;
  const size = Math.abs(double);
  if (!Number.isInteger(double) || size < 1e7) return Number.isInteger(double) ? `${double}.0` : javaNumber(double);
  return withExponent(double);
}

/** `Double.toString`: plain between 0.001 and 10,000,000, and otherwise with an exponent, as in `1.5E-7`. */
function javaNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isSafeInteger(value) || (size >= 1e-3 && size < 1e7)) return String(value);
  return withExponent(value);
}

function withExponent(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
