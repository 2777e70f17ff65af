/** Finds the functions of a program, with symbols or without. */

import { isCodeAddress } from "../image.ts";
import type { GuestFunction, ProgramImage } from "../program.ts";
import { type CodePointer, codePointers } from "./code-pointers.ts";
import { addStarts, findEndless, type OpenDiscovery, startDiscovery, traceAll } from "./discovery.ts";
import { knownStarts, type StatedFunction, unnamedStart } from "./function-starts.ts";
import { startsInGaps } from "./gaps.ts";
import { hasNoLaterPrologue, looksLikeNextFunction } from "./prologue.ts";

export interface DiscoveryOptions {
  /** Addresses that a recorded execution entered. */
  readonly extraEntries?: readonly { readonly address: number; readonly origin: "trace" }[];
  /** Functions that a symbol file or the config knows of, each in the code: of two for one address, the later one is taken. */
  readonly stated?: readonly StatedFunction[];
}

/** Follows calls until they lead to nothing new; then jumps that leave for code no function reaches. */
function followCalls(discovery: OpenDiscovery): void {
  const { image, starts, traces, covered } = discovery;
  for (;;) {
    traceAll(discovery);
    const sorted = [...traces].sort(([a], [b]) => a - b);
    const calls = sorted.flatMap(([, trace]) => trace.calls);
    // A jump to a prologue from a function that has run its own is a tail call.
    const tailCalls = sorted.flatMap(([start, { jumps }]) =>
      jumps.filter(
        (target) =>
          target !== start &&
          starts.get(start)?.end === undefined &&
          looksLikeNextFunction(image, start, target) &&
          hasNoLaterPrologue(image, start),
      ),
    );
    if (addStarts(discovery, [...calls, ...tailCalls], "call")) continue;
    const leaving = sorted.flatMap(([, { jumps }]) => jumps.filter((target) => !covered.has(target)));
    if (!addStarts(discovery, leaving, "call") && !findEndless(discovery)) return;
  }
}

/** Traces until neither calls nor pointers lead to anything new. */
function settle(discovery: OpenDiscovery, pointers: readonly CodePointer[]): void {
  do followCalls(discovery);
  while (addStarts(discovery, startsInGaps(discovery, pointers), "pointer"));
}

/**
 * The program's functions, sorted by address: those that symbols, the entry point and recorded executions name, those
 * that known functions call or jump to, and those whose address is taken and that begin where no other function
 * reaches. The same image gives the same functions.
 *
 * A recorded entry in the middle of a function becomes a function of its own that shares the rest of its code; so does
 * a call to the middle of a function whose symbol has a size. Other functions do not overlap.
 */
export function discoverFunctions(image: ProgramImage, options: DiscoveryOptions = {}): GuestFunction[] {
  const pointers = codePointers(image);
  const likelyStarts = new Set(
    pointers
      .filter(({ location }) => location === undefined || !isCodeAddress(image, location))
      .map(({ target }) => target),
  );
  const discovery = startDiscovery(image, knownStarts(image, options.stated), likelyStarts);
  settle(discovery, pointers);
  const entries = [...new Set(options.extraEntries?.map(({ address }) => address))]
    .filter((address) => isCodeAddress(image, address))
    .sort((a, b) => a - b);
  const uncovered = entries.filter((address) => !discovery.covered.has(address));
  if (addStarts(discovery, uncovered, "trace")) settle(discovery, pointers);

  const { starts, traces } = discovery;
  const functions = [...starts.values()].map(({ address, name, origin, end }) => ({
    address,
    name,
    origin,
    end: end ?? Math.max(traces.get(address)!.end, address + 4),
  }));
  const inside = entries
    .filter((address) => !starts.has(address))
    .map((address) => {
      const holders = functions.filter((fn) => fn.address < address && address < fn.end);
      return { ...unnamedStart(address, "trace"), end: Math.max(address + 4, ...holders.map((fn) => fn.end)) };
    });
  return [...functions, ...inside]
    .sort((a, b) => a.address - b.address)
    .map(({ name, address, origin, end }, index) => ({ index, name, address, size: end - address, origin }));
}
