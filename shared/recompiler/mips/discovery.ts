/** The state of a search for functions: starts that are known so far, and what tracing them showed. */

import { codeRangeAt, lastStartingAtOrBefore, wordAt } from "../image.ts";
import type { ProgramImage } from "../program.ts";
import { Coverage } from "./coverage.ts";
import { type Guesses, traceOnce } from "./explorations.ts";
import type { FunctionExtent } from "./flow-map.ts";
import { type FunctionStart, unnamedStart } from "./function-starts.ts";
import { looksLikeNextFunction } from "./prologue.ts";
import type { Trace } from "./trace.ts";
import { decodeForTracing, startsInstruction } from "./trace-decode.ts";

export interface Discovery {
  readonly image: ProgramImage;
  /** By address; starts are only ever added. */
  readonly starts: Map<number, FunctionStart>;
  /** By start. A trace is dropped when a later start cuts into it. */
  readonly traces: ReadonlyMap<number, Trace>;
  /** Every instruction that lies in some function: what symbols cover, and what traces reached inside their ranges. */
  readonly covered: Coverage;
  /** Addresses that data or code names: what may follow a call that never returns. */
  readonly likelyStarts: ReadonlySet<number>;
  readonly guesses: Guesses;
  /** Functions that never come back to their caller, as far as is known. */
  readonly endless: Set<number>;
}

/** The same, for who changes it. */
export interface OpenDiscovery extends Discovery {
  readonly traces: Map<number, Trace>;
}

export function startDiscovery(
  image: ProgramImage,
  starts: Map<number, FunctionStart>,
  likelyStarts: ReadonlySet<number>,
): OpenDiscovery {
  const covered = Coverage.of(image);
  for (const { address, end } of starts.values()) {
    for (let at = address; end !== undefined && at < end; at += 4) covered.add([at]);
  }
  return { image, starts, traces: new Map(), covered, likelyStarts, guesses: new Map(), endless: new Set() };
}

/** What lies in a function whose symbol has a size is covered from the beginning. */
const isTraceCovered = ({ starts }: Discovery, start: number): boolean => starts.get(start)?.end === undefined;

function keepTrace(discovery: OpenDiscovery, start: number, trace: Trace): void {
  discovery.traces.set(start, trace);
  if (isTraceCovered(discovery, start)) discovery.covered.add(trace.own);
}

function dropTrace(discovery: OpenDiscovery, start: number): void {
  const trace = discovery.traces.get(start);
  if (trace === undefined) return;
  discovery.traces.delete(start);
  if (isTraceCovered(discovery, start)) discovery.covered.remove(trace.own);
}

/** Bounds of functions by address, made anew when starts were added. */
interface StartOrder {
  readonly sorted: readonly number[];
  /** Starts whose symbols give a size, and the furthest end up to each. */
  readonly sized: readonly { readonly address: number; readonly furthestEnd: number }[];
}

export function orderOf({ starts }: Discovery): StartOrder {
  const sorted = [...starts.keys()].sort((a, b) => a - b);
  const sized: { address: number; furthestEnd: number }[] = [];
  for (const address of sorted) {
    const end = starts.get(address)!.end;
    if (end !== undefined) sized.push({ address, furthestEnd: Math.max(end, sized.at(-1)?.furthestEnd ?? 0) });
  }
  return { sorted, sized };
}

/** How far the function may reach: its symbol's end, that of a symbol around it, or the next start. */
function limitOf(discovery: Discovery, order: StartOrder, address: number): number {
  const own = discovery.starts.get(address)?.end;
  if (own !== undefined) return own;
  const holder = order.sized[lastStartingAtOrBefore(order.sized, address, (entry) => entry.address)];
  if (holder !== undefined && holder.furthestEnd > address) return holder.furthestEnd;
  const next = order.sorted[lastStartingAtOrBefore(order.sorted, address, (start) => start) + 1];
  const rangeEnd = codeRangeAt(discovery.image, address)?.end ?? address + 4;
  return Math.min(next ?? rangeEnd, rangeEnd);
}

export function extentOf(discovery: Discovery, order: StartOrder, address: number): FunctionExtent {
  const { image, starts, likelyStarts } = discovery;
  const isSized = starts.get(address)?.end !== undefined;
  return {
    image,
    start: address,
    end: limitOf(discovery, order, address),
    startsFunction: (place) => starts.has(place),
    isEndlessCall: (call) => callsEndless(discovery, call),
    // A symbol's size is better evidence than a guess at calls that never return.
    ...(isSized
      ? {}
      : {
          isNamed: (place) => likelyStarts.has(place),
          looksLikeNext: (place) => likelyStarts.has(place) || looksLikeNextFunction(image, address, place),
        }),
  };
}

export function callsEndless({ image, endless }: Discovery, callAddress: number): boolean {
  const word = wordAt(image, callAddress);
  const call = word === undefined ? undefined : decodeForTracing(word, callAddress);
  return call !== undefined && endless.has(call.target);
}

/**
 * Finds functions all of whose ways end in a trap, an endless loop or a call of another such function, and drops the
 * traces that went on behind calls of them.
 *
 * @returns whether any was new
 */
export function findEndless(discovery: OpenDiscovery): boolean {
  const { traces, endless } = discovery;
  const isEndless = (address: number): boolean => {
    const trace = traces.get(address);
    return trace !== undefined && !trace.mayReturn && trace.tailCalls.every((target) => endless.has(target));
  };
  const fresh = new Set([...traces.keys()].filter((address) => !endless.has(address) && isEndless(address)));
  if (fresh.size === 0) return false;
  for (const address of fresh) endless.add(address);
  for (const [start, { calls }] of traces) if (calls.some((target) => fresh.has(target))) dropTrace(discovery, start);
  return true;
}

/** Traces every start that has no trace. */
export function traceAll(discovery: OpenDiscovery): void {
  const order = orderOf(discovery);
  for (const address of order.sorted) {
    if (!discovery.traces.has(address)) {
      keepTrace(discovery, address, traceOnce(extentOf(discovery, order, address)));
    }
  }
}

/**
 * Adds starts where an instruction stands and none is known, and drops the traces they cut into.
 *
 * @returns whether anything was new
 */
export function addStarts(
  discovery: OpenDiscovery,
  addresses: Iterable<number>,
  origin: FunctionStart["origin"],
): boolean {
  const { image, starts, traces } = discovery;
  const fresh = [...new Set(addresses)].filter((address) => !starts.has(address) && startsInstruction(image, address));
  const { sorted } = orderOf(discovery);
  for (const address of fresh) {
    starts.set(address, unnamedStart(address, origin));
    const before = sorted[lastStartingAtOrBefore(sorted, address, (start) => start)];
    const isCut =
      before !== undefined && starts.get(before)?.end === undefined && (traces.get(before)?.end ?? 0) > address;
    if (isCut) dropTrace(discovery, before);
  }
  for (const [start, { foreign }] of traces) {
    if (foreign.size > 0 && fresh.some((address) => foreign.has(address))) dropTrace(discovery, start);
  }
  return fresh.length > 0;
}
