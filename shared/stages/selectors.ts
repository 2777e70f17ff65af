import type { ConfigManifest } from "../contracts/config-manifest.ts";
import type { PlannedFunction } from "../contracts/program.ts";
import { ContractInputMissing } from "../kernel/errors.ts";
import type { GuestFunction } from "../recompiler/program.ts";

/**
 * What the config wants done with each function: stubs first, then exclude, then include.
 * @param areAllFound whether a selector may still name a function that is to be found
 * @throws {ContractInputMissing} for a selector other than `*` that names none, once all are found
 */
export function chooseTreatments(
  functions: readonly GuestFunction[],
  config: Pick<ConfigManifest, "include" | "exclude" | "stubs">,
  areAllFound = true,
): Pick<PlannedFunction, "treatment" | "returns">[] {
  const select = (field: string, selector: string, mustMatch: boolean): Set<number> => {
    const matches = matcher(selector);
    const chosen = new Set(functions.filter(matches).map((each) => each.index));
    if (mustMatch && areAllFound && chosen.size === 0) {
      throw new ContractInputMissing(
        `config manifest: field ${field}: expected a function's name, a pattern with * or an address, found "${selector}", which names none of the ${functions.length} functions`,
      );
    }
    return chosen;
  };
  const included = config.include.map((selector, i) => select(`include.${i}`, selector, selector !== "*"));
  const excluded = config.exclude.map((selector, i) => select(`exclude.${i}`, selector, true));
  const stubs = config.stubs.map((stub, i) => ({
    chosen: select(`stubs.${i}.function`, stub.function, true),
    returns: stub.returns | 0,
  }));
  return functions.map(({ index }) => {
    const stub = stubs.find(({ chosen }) => chosen.has(index));
    if (stub !== undefined) return { treatment: "stub", returns: stub.returns };
    const isWanted = included.some((set) => set.has(index)) && !excluded.some((set) => set.has(index));
    return { treatment: isWanted ? "lift" : "exclude" };
  });
}

/** Whether a selector names a function. */
export function selects(selector: string, fn: Pick<GuestFunction, "name" | "address">): boolean {
  return matcher(selector)(fn);
}

function matcher(selector: string): (each: Pick<GuestFunction, "name" | "address">) => boolean {
  if (/^0x[0-9a-f]{1,8}$/.test(selector)) {
    const address = Number(selector);
    return (each) => each.address === address;
  }
  const pattern = new RegExp(`^${selector.split("*").map(escapePattern).join(".*")}$`, "s");
  return (each) => pattern.test(each.name);
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
