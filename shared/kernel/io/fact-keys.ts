import { FactKey, FactName, FactNamespace, FactScope } from "../../contracts/facts.ts";
import { ValidationFailed } from "../errors.ts";
import { MissingFactKey } from "./errors.ts";

/** @throws {ValidationFailed} */
export function factScope(scope: string): FactScope {
  const parsed = FactScope.safeParse(scope);
  if (parsed.success) return parsed.data;
  throw new ValidationFailed(`fact scope: expected <stage> or <stage>.shard_<n>, found "${scope}"`);
}

/** @throws {MissingFactKey} when the call has no name, or one that cannot be part of a key */
export function factKey(scope: FactScope, namespace: string, name: string): FactKey {
  if (!FactNamespace.safeParse(namespace).success) {
    throw new MissingFactKey(`call in ${scope}: namespace: expected a name such as http, found "${namespace}"`);
  }
  if (!FactName.safeParse(name).success) {
    const found = name === undefined || name === "" ? "nothing" : `"${name}"`;
    throw new MissingFactKey(
      `call in ${scope}/${namespace}: name: expected A-Z a-z 0-9 _ . : - in parts between slashes, found ${found}`,
    );
  }
  return FactKey.parse(`${scope}/${namespace}/${name}`);
}
