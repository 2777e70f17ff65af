import { StatesError } from "../../errors.ts";

/**
 * The fields of what an ItemReader or a ResultWriter is told, which are texts; those with `?` may be missing.
 *
 * @throws StatesError the reader's or the writer's failure, if one is no text.
 */
export function textsIn(
  given: unknown,
  names: readonly string[],
  teller: "ItemReader" | "ResultWriter",
): readonly (string | undefined)[] {
  const fields = (typeof given === "object" && given !== null ? given : {}) as Readonly<Record<string, unknown>>;
  return names.map((name) => {
    const field = name.replace("?", "");
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (typeof value === "string" || (value === undefined && field !== name)) return value;
    throw new StatesError(`States.${teller}Failed`, `The ${teller}'s ${field} must be a string.`);
  });
}
