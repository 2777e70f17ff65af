/**
 * The shape of a lifted module: which number each type, function and global bears. It follows from what the program uses
 * of the machine. Shards and the linked module agree in it, so that code moves from one to the other byte for byte.
 *
 * Functions: the host's imports, then the guest's functions in the order of the function table. In a shard those are
 * imports too, and the shard's own bodies come behind them.
 */

import { initialControl } from "../float/status.ts";
import { CELLS } from "../ir/cells.ts";
import type { GuestFunction } from "../program.ts";
import { NOTED_GLOBALS, optionalGlobals, USUAL_GLOBALS } from "../register-file.ts";
import { INTEGERS_ALONE, type MachineUse } from "./use.ts";

export const TYPE = {
  /** A guest function, and the system call import. */
  guest: 0,
  /** The trap import: kind, address. */
  trap: 1,
  /** The import for arithmetic: operation, address of the instruction, three patterns; gives a pattern. */
  float: 2,
} as const;

export type HostFunction = "syscall" | "trap" | "float";

export interface MutableGlobal {
  readonly name: string;
  readonly type: "i32" | "i64";
  /** What it starts with; what the linker knows better it puts in its place. */
  readonly initial: number;
}

export interface ModuleShape {
  readonly use: MachineUse;
  /** In the order of their numbers. */
  readonly hostFunctions: readonly HostFunction[];
  /** The mutable globals in order. `tls` is what `rdhwr $29` reads; `target` the last indirect call's address. */
  readonly globals: readonly MutableGlobal[];
  /** The immutable global behind the mutable ones: the guest address of the table's slot 0. */
  readonly tableBaseGlobal: number;
  /** The first of those that note an operation; -1 where nobody asks. */
  readonly notedGlobal: number;
  /** By cell, the global it is; -1 for cells that are a part of one. */
  readonly globalOfCell: readonly number[];
}

/** Where the linker puts the table's start, so that a call that goes nowhere before any other names an address of the program. */
export const TARGET_GLOBAL = USUAL_GLOBALS.length + 1;

/** Host functions whose number is the same in every module. */
export const HOST_FUNCTION = { syscall: 0, trap: 1, float: 2 } as const satisfies Readonly<
  Record<HostFunction, number>
>;

export function shapeOf(use: MachineUse): ModuleShape {
  const { float } = use;
  const banks = { ...use, ...(float && { registerBits: float.registerBits }) };
  const global = ({ name, type }: Pick<MutableGlobal, "name" | "type">): MutableGlobal => ({
    name,
    type,
    initial: name === "fcsr" ? initialControl(float?.isNan2008 ?? false) : 0,
  });
  const globals = [
    ...USUAL_GLOBALS,
    { name: "tls", type: "i32" as const },
    { name: "target", type: "i32" as const },
    ...optionalGlobals(banks),
    ...(float?.control === "observed" ? NOTED_GLOBALS : []),
  ].map(global);
  const numbers = new Map(globals.map(({ name }, number) => [name, number]));
  return {
    use,
    hostFunctions: asksHost(use) ? ["syscall", "trap", "float"] : ["syscall", "trap"],
    globals,
    tableBaseGlobal: globals.length,
    notedGlobal: numbers.get("noted") ?? -1,
    globalOfCell: CELLS.map((cell) => (cell.global === undefined ? -1 : (numbers.get(cell.global) ?? -1))),
  };
}

/** Whether there is arithmetic that lifted code leaves to the host. */
function asksHost({ float }: MachineUse): boolean {
  return float !== undefined && (float.control !== "plain" || float.isNan2008);
}

export const USUAL_SHAPE = shapeOf(INTEGERS_ALONE);

export const wasmFunctionOf = ({ hostFunctions }: ModuleShape, guestIndex: number): number =>
  hostFunctions.length + guestIndex;

/** The function table's extent: slot `(address - base) >> 2` is for the function at `address`. */
export interface TableExtent {
  readonly base: number;
  readonly slots: number;
}

/** `functions` sorted by address. Slots without a function are null. */
export function tableExtent(functions: readonly GuestFunction[]): TableExtent {
  const first = functions[0];
  if (first === undefined) return { base: 0, slots: 0 };
  return { base: first.address, slots: ((functions.at(-1)!.address - first.address) >>> 2) + 1 };
}
