/** A value of a few objects whose JSON text doubles with each level. */
export function sharedLevels(levels: number): unknown {
  let value: unknown = ["x"];
  for (let level = 0; level < levels; level += 1) value = { a: value, b: value };
  return value;
}
