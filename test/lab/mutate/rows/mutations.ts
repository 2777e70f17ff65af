/** What can be wrong in a row: for each call that it makes of its builder, those that a mistaken row would make instead. */

import { OPERATION_NAMES } from "../../../../shared/recompiler/float/operations.ts";
import { IR, NOTED, OPCODES } from "../../../../shared/recompiler/ir/opcodes.ts";
import type { LiftBuilder } from "../../../../shared/recompiler/lift/rows/lift-builder.ts";
import type { Instruction } from "../../../../shared/recompiler/mips/instruction.ts";

export type Arguments = unknown[];
export type Method = (this: LiftBuilder, ...given: Arguments) => unknown;

/** A call of the builder as a row makes it. */
export interface RowCall {
  readonly method: string;
  readonly given: Arguments;
  /** Where the row is at: other operands of it are what may be taken for one. */
  readonly instruction: Instruction;
}

export interface Mutation {
  /** `i32.add as i32.sub`. */
  readonly what: string;
  readonly run: (b: LiftBuilder, method: Method, call: RowCall) => unknown;
}

/** The call with another argument in a place. */
const replace = (what: string, place: number, change: (value: number, call: RowCall) => number): Mutation => ({
  what,
  run: (b, method, call) => method.apply(b, call.given.with(place, change(call.given[place] as number, call))),
});

const leftOut = (what: string, result: unknown = undefined): Mutation => ({ what, run: () => result });

/** Operations that give the same whichever operand comes first. */
const COMMUTES = /\.(add|mul|and|or|xor|eq|ne)$/;

/** Operations of one signature, so that any of them can stand for any. */
const signatureOf = (op: number): string => {
  const { shape, result, operands } = OPCODES[op]!;
  return [shape, result, ...operands].join();
};
const NAMED = OPCODES.map((_, op) => op).filter((op) => !OPCODES[op]!.name.endsWith("_any"));

/** The next of its signature; with it, of what comes signed and unsigned, or in two halves, the other. */
function neighbours(op: number): number[] {
  const all = NAMED.filter((other) => signatureOf(other) === signatureOf(op));
  const next = all[(all.indexOf(op) + 1) % all.length];
  const { name } = OPCODES[op]!;
  const twin = name
    .replace(
      /_s$|_u$|high$|low$|left$|right$/,
      (end) => ({ _s: "_u", _u: "_s", high: "low", low: "high", left: "right", right: "left" })[end]!,
    )
    .replace(/8_s$/, "16_s");
  const found = new Set([next, IR[twin as keyof typeof IR]]);
  return [...found].filter((other): other is number => other !== undefined && other !== op);
}

const asAnother = (op: number, place: number): Mutation[] =>
  neighbours(op).map((other) => replace(`${OPCODES[op]!.name} as ${OPCODES[other]!.name}`, place, () => other));

const swapped = (what: string, first: number, second: number): Mutation => ({
  what: `${what} with its operands exchanged`,
  run: (b, method, { given }) => method.apply(b, given.with(first, given[second]).with(second, given[first])),
});

/** Another register that the instruction names, or one that it does not. */
function otherRegister(register: number, { instruction: { rs, rt, rd } }: RowCall): number {
  return [rs, rt, rd].find((each) => each !== register && each !== 0) ?? register ^ 1;
}

const plusOne = (b: LiftBuilder, value: number): number => b.op(IR["i32.add"], value, b.constant(1));

/** The same operation in the other format, or the next in the same. */
function otherOperations(number: number, place: number): Mutation[] {
  const flags = number & NOTED;
  const operation = number & ~NOTED;
  const name = OPERATION_NAMES[operation]!;
  const next = (operation + 2) % OPERATION_NAMES.length;
  return [next, operation ^ 1].map((other) =>
    replace(`${name} as ${OPERATION_NAMES[other]}`, place, () => other | flags),
  );
}

function ofOperation({ given }: RowCall): Mutation[] {
  const [op = 0] = given as readonly number[];
  const { name, shape, operands } = OPCODES[op]!;
  if (shape === "host_float")
    return [...otherOperations(given[4] as number, 4), swapped(name, 1, 2), swapped(name, 2, 3)];
  const isOrdered = operands.length >= 2 && operands[0] === operands[1] && !COMMUTES.test(name);
  const bits = /^f\d\d\.const$/.test(name) ? [replace(`${name} off by one`, 1, (value) => value + 1)] : [];
  return [...asAnother(op, 0), ...(isOrdered ? [swapped(name, 1, 2)] : []), ...bits];
}

/** Of what a row makes of a field. */
const constantOff: Mutation = {
  what: "constant off by one",
  run: (b, method, { given }) => plusOne(b, method.apply(b, given) as number),
};

const registerOff = (method: string): Mutation =>
  replace(`${method} of another register`, 0, (register) => register ^ 2);

/** By method, what may be wrong in a call of it. */
const MUTATIONS: Readonly<Record<string, (call: RowCall) => readonly Mutation[]>> = {
  op: ofOperation,
  constant: () => [replace("constant off by one", 0, (value) => value + 1)],
  immediate: () => [constantOff],
  unsignedImmediate: () => [constantOff],
  upperImmediate: () => [constantOff],
  field: () => [constantOff],
  lowestBits: () => [{ what: "bits above them kept", run: (_, __, { given: [shifted] }) => shifted }],
  onesBetweenFields: () => [constantOff],
  onesOutsideFields: () => [constantOff],
  get: () => [replace("another operand", 0, otherRegister)],
  set: () => [
    leftOut("result left out"),
    replace("another result register", 0, otherRegister),
    {
      what: "result off by one",
      run: (b, method, { given: [register, value] }) => method.call(b, register, plusOne(b, value as number)),
    },
  ],
  getAccumulator: () => [
    {
      what: "HI and LO exchanged",
      run: (b, method) => {
        const value = method.call(b) as number;
        return b.op(IR["i64.join"], b.op(IR["i64.high"], value), b.op(IR["i64.low"], value));
      },
    },
  ],
  setAccumulator: () => [
    leftOut("HI and LO left out"),
    {
      what: "HI and LO exchanged",
      run: (b, method, { given: [value] }) => {
        const halves = [b.op(IR["i64.high"], value as number), b.op(IR["i64.low"], value as number)] as const;
        return method.call(b, b.op(IR["i64.join"], ...halves));
      },
    },
  ],
  load: ({ given }) => [...asAnother(given[0] as number, 0), replace("offset off by one", 2, (offset) => offset + 1)],
  loadInto: ({ given }) => [
    ...asAnother(given[0] as number, 0),
    replace("offset off by one", 2, (offset) => offset + 1),
  ],
  store: ({ given }) => [
    leftOut("store left out"),
    ...asAnother(given[0] as number, 0),
    replace("offset off by one", 2, (offset) => offset + 1),
  ],
  check: () => [leftOut("check left out"), replace("check of half the width", 2, (bytes) => bytes / 2)],
  trapIf: () => [
    leftOut("trap left out"),
    {
      what: "trap on the contrary",
      run: (b, method, { given: [condition, kind] }) => method.call(b, b.op(IR["i32.eqz"], condition as number), kind),
    },
  ],
  setCell: () => [leftOut("state left out")],
  settle: ({ given }) => [
    ...otherOperations(given[1] as number, 1),
    {
      what: "patterns exchanged",
      run: (b, method, { given: [op, number, result, patterns] }) =>
        method.call(b, op, number, result, [...(patterns as number[])].reverse()),
    },
    { what: "result as it is", run: (_, __, { given: [, , result] }) => result },
  ],
  takeUpNoted: () => [leftOut("the cause of the last operation left out")],
  condition: () => [replace("another condition", 0, (field) => field ^ 4)],
  setCondition: () => [
    leftOut("condition left out"),
    replace("another condition", 0, (field) => field ^ 4),
    {
      what: "condition on the contrary",
      run: (b, method, { given: [number, value] }) => method.call(b, number, b.op(IR["i32.eqz"], value as number)),
    },
  ],
  double: () => [registerOff("double")],
  single: () => [registerOff("single")],
  long: () => [registerOff("long")],
  word: () => [registerOff("word")],
  highWord: () => [registerOff("highWord")],
  setDouble: () => [leftOut("double left out"), registerOff("setDouble")],
  setSingle: () => [leftOut("single left out"), registerOff("setSingle")],
  setLong: () => [leftOut("long left out"), registerOff("setLong")],
  setWord: () => [leftOut("word left out"), registerOff("setWord")],
  setHighWord: () => [leftOut("high word left out"), registerOff("setHighWord")],
};

/** Methods of a builder that are watched: those that rows call. */
export const METHODS: readonly string[] = Object.keys(MUTATIONS);

export const mutationsOf = (call: RowCall): readonly Mutation[] => MUTATIONS[call.method]!(call);
