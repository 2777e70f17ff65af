import type * as z from "zod";

/**
 * The name that somebody who wrote another most likely meant: one that differs in case, `_` and `-` alone, or by few letters.
 * @returns undefined where none is near
 */
export function nearestName(written: string, names: readonly string[]): string | undefined {
  return nearestNames(written, names)[0];
}

/**
 * The same, all that are near, the nearest first.
 * @param most letters that may be others
 */
export function nearestNames(
  written: string,
  names: readonly string[],
  most = Math.min(3, Math.floor(plainOf(written).length / 3)),
): string[] {
  const plain = plainOf(written);
  return names
    .filter((name) => Math.abs(plainOf(name).length - plain.length) <= most)
    .map((name) => ({ name, distance: distance(plain, plainOf(name)) }))
    .filter((each) => each.distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** The keys that an object of a document may have. @param path to the object, in a document of the schema */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const objects = objectsAt([schema], path);
  return [...new Set(objects.flatMap(({ shape }) => Object.keys(shape)))];
}

function plainOf(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

/** Levenshtein's, with two neighbours that changed places counted as one (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isTurned = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const turned = isTurned ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1), turned));
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** The schemas that stand for the objects there: several where alternatives may. */
function objectsAt(schemas: readonly z.core.$ZodType[], path: readonly PropertyKey[]): { shape: object }[] {
  const plain = schemas.flatMap(alternativesOf);
  const [key, ...rest] = path;
  if (key === undefined) return plain.flatMap((each) => ("shape" in each._zod.def ? [each._zod.def as never] : []));
  return objectsAt(
    plain.flatMap((each) => memberOf(each, key)),
    rest,
  );
}

type Def = z.core.$ZodTypeDef & {
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly shape?: Readonly<Record<PropertyKey, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
};

/** Without what only wraps: defaults, pipes, alternatives. */
function alternativesOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as Def;
  const inner = def.innerType ?? def.in;
  if (inner !== undefined) return alternativesOf(inner);
  return def.options?.flatMap(alternativesOf) ?? [schema];
}

function memberOf(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType[] {
  const def = schema._zod.def as Def;
  const member = def.shape?.[key] ?? def.element ?? def.valueType;
  return member === undefined ? [] : [member];
}
