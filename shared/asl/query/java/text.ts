import { isObject } from "../json.ts";

/**
 * A value as Java prints it, which is how Step Functions writes values into text: `{Id=1, Name=x}`, `[1, 2]`, `null`,
 * strings without quotes.
 */
export function javaText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return javaNumber(value);
  if (Array.isArray(value)) return `[${value.map(javaText).join(", ")}]`;
  if (!isObject(value)) return String(value);
  const fields = Object.entries(value).map(([key, field]) => `${key}=${javaText(field)}`);
  return `{${fields.join(", ")}}`;
}

/** `Double.toString`: plain between 0.001 and 10,000,000, and otherwise with an exponent, as in `1.5E-7`. */
function javaNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isSafeInteger(value) || (size >= 1e-3 && size < 1e7)) return String(value);
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
