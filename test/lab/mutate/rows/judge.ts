/** Whether the tests of functions notice a mutant of a row, in a program. */

import { RecompilerError } from "../../../../shared/recompiler/errors.ts";
import { wordAt } from "../../../../shared/recompiler/image.ts";
import { liftShard, linkShards } from "../../../../shared/recompiler/lift/index.ts";
import { decode } from "../../../../shared/recompiler/mips/decode.ts";
import type { Mnemonic } from "../../../../shared/recompiler/mips/opcodes.ts";
import type { Capture } from "../../../../shared/recompiler/oracle/capture.ts";
import type { GuestFunction, MemoryLayout, ProgramImage } from "../../../../shared/recompiler/program.ts";
import { meteredModule } from "../../../../shared/recompiler/validation/candidate.ts";
import { testFunctions } from "../../../../shared/recompiler/validation/test-functions.ts";
import { mutantsIn, type RowMutant, withMutant } from "./rows.ts";

export interface JudgedProgram {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  readonly functions: readonly GuestFunction[];
  readonly captures: readonly Capture[];
}

/**
 * - `found`: a function that has the instruction is disproven
 * - `refused`: the lifter or the engine takes no such code
 * - `same`: no byte of any function is another
 * - `survived`: all of them are tested, and nothing differs
 */
export type Fate = "found" | "refused" | "same" | "survived";

export interface JudgeSettings {
  readonly seed: number;
  readonly randomStates: number;
  /** Functions that are tested at most for one mutant, those that have the instruction. */
  readonly mostFunctions: number;
}

export interface Judge {
  readonly mutants: readonly RowMutant[];
  fateOf(mutant: RowMutant): Fate;
}

/** The functions of a program that have an instruction, with the mutant's row and without. */
interface Subjects {
  readonly members: readonly GuestFunction[];
  readonly right: Uint8Array;
  /** The others. */
  readonly rest: Uint8Array;
}

export function judgeFor(program: JudgedProgram, settings: JudgeSettings): Judge {
  const { image, layout, functions, captures } = program;
  const lift = (members: readonly GuestFunction[]) => liftShard({ image, layout, functions, members });
  const mutants = mutantsIn(image, () => lift(functions));
  const known = new Map<Mnemonic, Subjects>();
  const having = new Map(functions.map((fn) => [fn, mnemonicsOf(image, fn)]));
  const subjectsOf = (mnemonic: Mnemonic): Subjects => {
    const all = functions.filter((fn) => having.get(fn)!.has(mnemonic));
    const members = spread(all, settings.mostFunctions);
    const rest = functions.filter((fn) => !members.includes(fn));
    return { members, right: lift(members).module, rest: lift(rest).module };
  };
  return {
    mutants,
    fateOf(mutant) {
      const subjects = known.get(mutant.mnemonic) ?? subjectsOf(mutant.mnemonic);
      known.set(mutant.mnemonic, subjects);
      const { members, right, rest } = subjects;
      const wrong = withMutant(image, mutant, () => lift(members));
      if (wrong.reports.some(({ status }) => status !== "lifted")) return "refused";
      if (Buffer.compare(wrong.module, right) === 0) return "same";
      let module: ReturnType<typeof meteredModule>;
      try {
        module = meteredModule(linkShards({ image, layout, functions, shards: [wrong.module, rest] }));
      } catch (error) {
        if (error instanceof RecompilerError) return "refused";
        throw error;
      }
      for (let from = 0, count = 1; from < members.length; from += count, count *= 2) {
        const tried = members.slice(from, from + count);
        const tests = testFunctions({ image, layout, module, functions, subjects: tried, captures, settings });
        if (tests.some(({ status }) => status === "disproven")) return "found";
      }
      return "survived";
    },
  };
}

/** As many as asked for, from all over. */
export function spread<Item>(items: readonly Item[], most: number): Item[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]!);
}

function mnemonicsOf(image: ProgramImage, { address, size }: GuestFunction): ReadonlySet<Mnemonic> {
  const found = new Set<Mnemonic>();
  for (let at = address; at < address + size; at += 4) {
    const instruction = decode(wordAt(image, at) ?? 0, at);
    if (instruction !== undefined) found.add(instruction.mnemonic);
  }
  return found;
}
