/** Watches the calls that rows make of their builder while a program is lifted, and changes one of them. */

import { wordAt } from "../../../../shared/recompiler/image.ts";
import { OPCODES } from "../../../../shared/recompiler/ir/opcodes.ts";
import { LiftBuilder, type Operand } from "../../../../shared/recompiler/lift/rows/lift-builder.ts";
import { decode } from "../../../../shared/recompiler/mips/decode.ts";
import type { Mnemonic } from "../../../../shared/recompiler/mips/opcodes.ts";
import type { ProgramImage } from "../../../../shared/recompiler/program.ts";
import { type Arguments, METHODS, type Method, type Mutation, mutationsOf, type RowCall } from "./mutations.ts";

/** One thing wrong in one row. */
export interface RowMutant {
  readonly mnemonic: Mnemonic;
  /** Which of the row's calls, and what it calls: of a row that builds this or that, the call is the same. */
  readonly place: string;
  readonly what: string;
}

export const nameOf = ({ mnemonic, place, what }: RowMutant): string => `${mnemonic}: ${what} (${place})`;

const FIELDS: ReadonlySet<unknown> = new Set<Operand>(["rs", "rt", "rd", "sa", "immediate"]);
const isField = (argument: unknown): argument is Exclude<Operand, number> => FIELDS.has(argument);

/** What is done with the call in place of making it. */
type Watcher = (mnemonic: Mnemonic, place: string, call: RowCall) => Mutation | undefined;

/** Calls `work` while every outermost call of a row's goes by the watcher. */
function watching<Result>(image: ProgramImage, watch: Watcher, work: () => Result): Result {
  const prototype = LiftBuilder.prototype as unknown as Record<string, Method>;
  const own = new Map(METHODS.map((name) => [name, Object.getOwnPropertyDescriptor(prototype, name)]));
  let [depth, at, count] = [0, -1, 0];
  for (const name of METHODS) {
    const method = prototype[name]!;
    prototype[name] = function (this: LiftBuilder, ...named: Arguments) {
      if (depth > 0) return method.apply(this, named);
      if (this.at !== at) [at, count] = [this.at, 0];
      const place = `${count++} ${name === "op" ? OPCODES[named[0] as number]!.name : name}`;
      const instruction = decode(wordAt(image, at) ?? 0, at);
      depth++;
      try {
        if (instruction === undefined) return method.apply(this, named);
        const given = named.map((each) => (isField(each) ? instruction[each] : each));
        const call = { method: name, given, instruction };
        const mutation = watch(instruction.mnemonic, place, call);
        return mutation === undefined ? method.apply(this, given) : mutation.run(this, method, call);
      } finally {
        depth--;
      }
    };
  }
  try {
    return work();
  } finally {
    for (const [name, descriptor] of own) {
      if (descriptor === undefined) delete prototype[name];
      else Object.defineProperty(prototype, name, descriptor);
    }
  }
}

/** All mutants of the rows that a program's lifting goes through. */
export function mutantsIn(image: ProgramImage, lift: () => unknown): readonly RowMutant[] {
  const found = new Map<string, RowMutant>();
  const watch: Watcher = (mnemonic, place, call) => {
    for (const { what } of mutationsOf(call)) {
      const mutant = { mnemonic, place, what };
      found.set(nameOf(mutant), mutant);
    }
    return undefined;
  };
  watching(image, watch, lift);
  return [...found.values()];
}

/** Lifts with the mutant in the place of its row. */
export function withMutant<Result>(image: ProgramImage, mutant: RowMutant, lift: () => Result): Result {
  const watch: Watcher = (mnemonic, place, call) =>
    mnemonic === mutant.mnemonic && place === mutant.place
      ? mutationsOf(call).find(({ what }) => what === mutant.what)
      : undefined;
  return watching(image, watch, lift);
}
