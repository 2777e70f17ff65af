import type { ConfigManifest } from "../../contracts/config-manifest.ts";
import { selects } from "../../stages/selectors.ts";
import type { FunctionDocuments } from "./documents.ts";
import type { GuestFrame, Trap } from "./trap.ts";

/** What gets a program past a trap. */
export interface Remedy {
  /** What comes of it. */
  readonly effect: string;
  /** To be laid over the config manifest. */
  readonly config: Partial<Pick<ConfigManifest, "exclude" | "include" | "stubs" | "patches">>;
}

const NOP = "00000000";

/** @param innermost where the trap happened */
export function remediesFor(
  { trap }: Trap,
  { plan, lifted }: FunctionDocuments,
  { include, exclude }: Pick<ConfigManifest, "include" | "exclude">,
  innermost: GuestFrame | undefined,
): Remedy[] {
  const fn = plan.functions.find(({ name }) => name === innermost?.function);
  if (trap === "stack_exhausted" || fn === undefined) return [];
  const record = lifted.get(fn.index);
  const named = plan.functions.filter(({ name }) => name === fn.name).length === 1 ? fn.name : fn.address;
  const stub: Remedy = {
    effect: `${fn.name} returns 0 at once`,
    config: { stubs: [{ function: named, returns: 0 }] },
  };
  if (trap === "unlifted" && record?.status === "excluded") {
    const kept = exclude.filter((selector) => !selects(selector, { name: fn.name, address: Number(fn.address) }));
    const config = kept.length < exclude.length ? { exclude: kept } : { include: [...include, named] };
    return [{ effect: `${fn.name} is lifted`, config }, stub];
  }
  const at = innermost?.address;
  const patch: Remedy[] =
    // What a jump to nowhere would be in place of is not known.
    at === undefined || at === fn.address || trap === "unknown_target"
      ? []
      : [{ effect: `the instruction at ${at} does nothing`, config: { patches: [{ address: at, bytes: NOP }] } }];
  return [stub, ...patch];
}
