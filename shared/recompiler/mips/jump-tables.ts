/**
 * Jump tables: what a `jr` through a loaded word can reach. The address of the word is a base plus four times an index;
 * the index is bounded by a comparison that every way to the jump has passed, by a mask, or by the table's own contents.
 */

import { isCodeAddress, wordAt } from "../image.ts";
import { RA } from "../machine.ts";
import type { BasicBlock, ProgramImage } from "../program.ts";
import { addressConstants } from "./address-constants.ts";
import { type FlowEdge, type FlowGraph, immediateDominators } from "./flow-graph.ts";
import { type Atom, isConstant, type LinearValue, soleAtom } from "./linear-value.ts";
import { type RegisterValues, registerValues } from "./register-values.ts";
import type { RegisterJump } from "./terminator.ts";

/** What makes an address a place this function's table may lead to. */
export interface TableScope {
  readonly image: ProgramImage;
  /** The function's own range: a table of unproven length has no entry outside. */
  readonly isOwn: (address: number) => boolean;
  /** An instruction that is no other function's start: what an entry of a table of proven length must be. */
  readonly isReachable: (address: number) => boolean;
  /** Where the function's end is not known yet: code that rather starts another, so that no bound is left for a table. */
  readonly looksForeign?: (address: number) => boolean;
}

/** A proven fact on the way to a jump: `value < bound`, unsigned. */
interface Guard {
  readonly value: LinearValue;
  readonly bound: number;
}

const MAXIMUM_ENTRIES = 0x10000;
const ENTRY_SIZE = 4;

/**
 * Resolves jumps through registers.
 *
 * @param jumps blocks of the graph that end in one
 * @returns by the address of the jump where it leads, for those that could be resolved
 */
export function resolveRegisterJumps(
  graph: FlowGraph,
  jumps: readonly BasicBlock[],
  scope: TableScope,
): ReadonlyMap<number, RegisterJump> {
  const dominators = immediateDominators(graph);
  const resolved = new Map<number, RegisterJump>();
  // Where a base or an index is kept in a frame whose addresses are given away, the second pass takes the frame to be
  // private. A table found so is still checked by its entries; a single target would not be.
  for (const isFramePrivate of [false, true]) {
    if (resolved.size === jumps.length) break;
    const values = registerValues(scope.image, graph, isFramePrivate);
    for (const block of jumps) {
      const { terminator } = block;
      if (!("instruction" in terminator) || resolved.has(terminator.instruction.address)) continue;
      const { rs, address } = terminator.instruction;
      const guards = (): Guard[] => guardsOf(block, values);
      const found = resolve(values.atEnd(block, rs), address, { values, scope, guards, isLastResort: isFramePrivate });
      if (found !== undefined && !("target" in found && isFramePrivate)) resolved.set(address, found);
    }
  }
  return resolved;

  /** Comparisons on the edges that dominate the block, nearest first. */
  function guardsOf(block: BasicBlock, values: RegisterValues): Guard[] {
    const guards: Guard[] = [];
    for (let at: number | undefined = block.address; at !== undefined; at = dominators.get(at)) {
      const [edge, another] = graph.edgesInto.get(at) ?? [];
      if (edge === undefined || another !== undefined) continue;
      const guard = guardOn(edge, values);
      if (guard !== undefined) guards.push(guard);
    }
    return guards;
  }
}

/** What a conditional branch proves on one of its ways: `sltiu` and `sltu` against a constant. */
function guardOn(edge: FlowEdge, values: RegisterValues): Guard | undefined {
  const { terminator } = edge.from;
  if (terminator.kind !== "branch" || edge.isTaken === undefined) return undefined;
  const { mnemonic, rs, rt } = terminator.instruction;
  const isEquality = mnemonic === "beq" || mnemonic === "beql";
  if (!isEquality && mnemonic !== "bne" && mnemonic !== "bnel") return undefined;
  if (rs !== 0 && rt !== 0) return undefined;
  const condition = soleAtom(values.atEnd(edge.from, rs === 0 ? rt : rs))?.unknown;
  if (condition?.kind !== "compare") return undefined;
  const { left, right, isSigned } = condition;
  const holds = edge.isTaken !== isEquality;
  if (holds && isConstant(right)) return unsignedGuard(left, right.constant, isSigned);
  if (!holds && isConstant(left)) return unsignedGuard(right, left.constant + 1, isSigned);
  return undefined;
}

/** A signed comparison says as much as an unsigned one of a value that cannot be negative. */
function unsignedGuard(value: LinearValue, bound: number, isSigned: boolean): Guard | undefined {
  if (isSigned && (soleAtom(value)?.maximum ?? 0xffffffff) > 0x7fffffff) return undefined;
  return bound > 0 && bound <= MAXIMUM_ENTRIES ? { value, bound } : undefined;
}

interface Resolution {
  readonly values: RegisterValues;
  readonly scope: TableScope;
  readonly guards: () => readonly Guard[];
  /** Values that cannot be told do not count against a base that a comparison bounds and the entries bear out. */
  readonly isLastResort: boolean;
}

function resolve(target: LinearValue, jump: number, context: Resolution): RegisterJump | undefined {
  const { scope, values } = context;
  if (values.isFromEntry(target, RA)) return { returns: true };
  if (isConstant(target)) return isCodeAddress(scope.image, target.constant) ? { target: target.constant } : undefined;
  // Tables of position-independent code hold distances from gp, which is then added.
  const [term, more] = target.terms;
  if (term === undefined || more !== undefined || term.coefficient !== 1) return undefined;
  const { unknown } = term.atom;
  if (unknown.kind !== "load" || unknown.width !== "word" || isConstant(unknown.address)) return undefined;
  for (const extent of extentsOf(unknown.address, context)) {
    const entries = readEntries(scope, extent, target.constant);
    if (entries.length > 0) return { table: { jump, address: extent.starts[0]!, entries } };
  }
  return undefined;
}

interface Extent {
  /** Where the table may start: several tables, one behind the other, may share a jump. Sorted. */
  readonly starts: readonly number[];
  /** Number of entries from each start: all of them when proven, else at most. */
  readonly count: number;
  /** A comparison proves the count: then an entry may lie in a part of the function that was placed apart. */
  readonly isProven: boolean;
}

/** Where the table may lie and how long it may be, the best founded first. */
function extentsOf(address: LinearValue, { values, guards, isLastResort }: Resolution): Extent[] {
  const extents: Extent[] = [];
  const add = (index: LinearValue, count: number, isProven: boolean): void => {
    const start = values.algebra.subtract(address, index);
    const starts = start === undefined ? [] : basesOf(start, values, isLastResort && isProven);
    if (starts.length > 0) extents.push({ starts, count, isProven });
  };
  // The nearest comparison is the switch's own; what an earlier one compared may have changed in memory since.
  for (const { value, bound } of guards()) add(values.algebra.scale(value, ENTRY_SIZE), bound, true);
  const indexes = address.terms.map((term) => ({ ...term, value: { constant: 0, terms: [term] } }));
  for (const { atom, coefficient, value } of indexes) {
    const count = inherentCount(atom, coefficient);
    if (count !== undefined) add(value, count, false);
  }
  for (const { coefficient, value } of indexes) if (coefficient === ENTRY_SIZE) add(value, MAXIMUM_ENTRIES, false);
  return extents;
}

/** The addresses a base may be; none if any is unknown and counts. */
function basesOf(base: LinearValue, values: RegisterValues, mayIgnoreUnknown: boolean): number[] {
  const possible = values.possibleConstants(base);
  const known = possible.filter((address) => address !== undefined);
  if (known.length < possible.length && !mayIgnoreUnknown) return [];
  return [...new Set(known)].sort((a, b) => a - b);
}

/** How many entries an index reaches that cannot be large by its own make: a mask, a byte, the top bits of a word. */
function inherentCount(atom: Atom, coefficient: number): number | undefined {
  const stride = coefficient * atom.step;
  if (stride <= 0 || stride % ENTRY_SIZE !== 0) return undefined;
  const count = (coefficient * (atom.maximum - (atom.maximum % atom.step))) / ENTRY_SIZE + 1;
  return count <= MAXIMUM_ENTRIES ? count : undefined;
}

/**
 * The targets that the words from the first start on hold. Of a proven number it is all or none; else those up to the
 * first that cannot be an entry, or where the code names another address, which is where the next object starts.
 */
function readEntries(scope: TableScope, { starts, count, isProven }: Extent, base: number): number[] {
  const { image } = scope;
  const [first, last] = [starts[0]!, starts.at(-1)!];
  const end = last + count * ENTRY_SIZE;
  const entries: number[] = [];
  for (let at = first; at < end && entries.length < MAXIMUM_ENTRIES; at += ENTRY_SIZE) {
    const word = wordAt(image, at);
    const entry = word === undefined ? undefined : (word + base) >>> 0;
    const isNextObject = !isProven && at > first && !starts.includes(at) && addressConstants(image).has(at);
    const isBeyond = isNextObject || (count === MAXIMUM_ENTRIES && entry !== undefined && scope.looksForeign?.(entry));
    if (entry === undefined || isBeyond || !isEntry(scope, entry, isProven)) {
      if (isProven || at <= last) return [];
      break;
    }
    entries.push(entry);
  }
  // One word that happens to lead into the function is no table.
  return isProven || entries.length >= 2 ? entries : [];
}

function isEntry({ isOwn, isReachable }: TableScope, entry: number, isProven: boolean): boolean {
  return isReachable(entry) && (isProven || isOwn(entry));
}
