/** Function starts known before any code is read: symbols, the entry point. */

import { codeRangeAt } from "../image.ts";
import { hex } from "../machine.ts";
import type { FunctionSymbol, GuestFunction, ProgramImage } from "../program.ts";

export interface FunctionStart {
  readonly address: number;
  readonly name: string;
  readonly origin: GuestFunction["origin"];
  /** Past the last byte, where a symbol says so. */
  readonly end?: number;
}

/** A start that only its address names. */
export function unnamedStart(address: number, origin: GuestFunction["origin"]): FunctionStart {
  return { address, name: `func_${hex(address).slice(2)}`, origin };
}

const leadingUnderscores = (name: string): number => name.length - name.replace(/^_+/, "").length;

/** Of several names of one address: fewest leading underscores, then shortest, then first in code-unit order. */
export function preferred<Named extends { readonly name: string }>(a: Named, b: Named): Named {
  const difference = leadingUnderscores(b.name) - leadingUnderscores(a.name) || b.name.length - a.name.length;
  return difference > 0 || (difference === 0 && a.name <= b.name) ? a : b;
}

/** A function that the config or a symbol file knows of: what is left out is as the file has it, or as it is found. */
export interface StatedFunction {
  readonly address: number;
  readonly origin: "config" | "symbol_file";
  readonly name?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
}

/** The starts that symbols and the entry point give, one an address, and those that are stated, which know better, the later ones best. */
export function knownStarts(image: ProgramImage, stated: readonly StatedFunction[] = []): Map<number, FunctionStart> {
  const starts = new Map<number, FunctionStart>();
  const byAddress = new Map<number, FunctionSymbol[]>();
  for (const symbol of image.symbols) {
    const aliases = byAddress.get(symbol.address);
    if (aliases === undefined) byAddress.set(symbol.address, [symbol]);
    else aliases.push(symbol);
  }
  for (const [address, aliases] of byAddress) {
    const range = codeRangeAt(image, address);
    if (range === undefined || (address & 3) !== 0) continue;
    const { name } = aliases.reduce(preferred);
    const size = Math.max(...aliases.map((alias) => alias.size));
    const end = Math.min(address + Math.ceil(size / 4) * 4, range.end);
    starts.set(address, { address, name, origin: "symbol", ...(size === 0 ? {} : { end }) });
  }
  if (!starts.has(image.entry)) starts.set(image.entry, unnamedStart(image.entry, "entry"));
  for (const { address, name, size, origin } of stated) {
    const known = starts.get(address) ?? unnamedStart(address, origin);
    const end = size === undefined ? known.end : address + size;
    starts.set(address, {
      address,
      name: name ?? known.name,
      origin,
      ...(end !== undefined && { end }),
    });
  }
  return starts;
}
