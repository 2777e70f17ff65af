import type { ConfigManifest } from "../contracts/config-manifest.ts";
import { requirementsOf } from "../contracts/validation-settings.ts";

/**
 * What a config takes from what tests say, in words. It is told with the run: whoever reads its figures has not read its config,
 * and a gate that demands nothing lets everything pass.
 */
export function concessionsOf({ validation, stubs, patches }: ConfigManifest): {
  /** The gate demands less than it does by itself. */
  readonly demands: readonly string[];
  /** The program that is lifted and tested is not the file's. */
  readonly changes: readonly string[];
} {
  const { conclusive, captured } = requirementsOf(validation);
  const isChanged = stubs.length + patches.length > 0;
  const demands = [
    conclusive === "every" ? "" : `require.conclusive is "${conclusive}"`,
    (captured ?? validation.captured_states > 0) ? "" : "no function needs a captured input",
    validation.runs.length > 0 ? "" : "there is no run to compare",
    validation.allow_gaps ? "functions that runs need may be missing" : "",
    isChanged && validation.reference !== undefined ? "the reference is not asked, for it knows the file alone" : "",
  ];
  const changes = [counted(stubs.length, "stub", "stubs"), counted(patches.length, "patch", "patches")];
  return { demands: demands.filter(Boolean), changes: changes.filter(Boolean) };
}

const counted = (count: number, one: string, several: string): string =>
  count === 0 ? "" : `${count} ${count === 1 ? one : several}`;
