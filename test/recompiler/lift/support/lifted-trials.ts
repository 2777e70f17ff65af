/** Runs the trials of an instruction program as lifted code, without an oracle: what they leave is held against what qemu wrote. */

import { CONDITIONS, FEXR_BITS, initialControl } from "../../../../shared/recompiler/float/status.ts";
import { liftShard, linkShards } from "../../../../shared/recompiler/lift/index.ts";
import { type FloatControl, machineUseOf } from "../../../../shared/recompiler/lift/use.ts";
import { type GuestTrap, RA } from "../../../../shared/recompiler/machine.ts";
import type { GuestFunction, ProgramImage } from "../../../../shared/recompiler/program.ts";
import { FCSR, HI, LO } from "../../../../shared/recompiler/register-file.ts";
import { layoutProcess } from "../../../../shared/recompiler/runtime/layout.ts";
import { compileModule, guestTrapOf, instantiate } from "../../../../shared/recompiler/runtime/lifted-module.ts";
import { GuestMemory } from "../../../../shared/recompiler/runtime/memory.ts";
import {
  namesOfTrial,
  RESULT_BYTES,
  RESULT_POINTER,
  STATE_POINTER,
  type Trial,
} from "../../oracle/support/instruction-program.ts";
import { RECORD_WORDS } from "../../oracle/support/instruction-states.ts";

export const RESULT_WORDS = RESULT_BYTES / 4;
/** Where a result has FCSR. */
export const CONTROL_WORD = 0;

/** Of FCSR, what a program sees whose code is lifted so. */
export const SEEN: Readonly<Record<FloatControl, number>> = { plain: CONDITIONS, moded: ~FEXR_BITS, observed: -1 };

/** The trials that code has which is lifted so: one that sets the mode, or reads it, makes all of it another. */
export function trialsSeen(trials: readonly Trial[], control: FloatControl): Trial[] {
  const left = { plain: /^c[ft]c1/, moded: /^cfc1|^ctc1 .*\$28/, observed: /^$/ }[control];
  return trials.filter(({ text }) => !left.test(text));
}

/** `jalr $31,$22`, by which the program calls a trial. */
const CALL_OF_TRIAL = 0x02c0f809;

export interface LiftedTrials {
  readonly control: FloatControl | undefined;
  /** What was not lifted, and why. */
  readonly obstacles: readonly string[];
  /** Runs a trial on a state. @param result is filled as the program's is; a trap leaves it half done */
  run(trial: Trial, state: readonly number[], result: Int32Array): GuestTrap | undefined;
}

/** @param all the trials of the program, in its order. @param tried those of them to lift */
export function liftTrials(image: ProgramImage, all: readonly Trial[], tried: readonly Trial[]): LiftedTrials {
  const positions = new Map(all.map((trial, position) => [trial, position]));
  const symbols = new Map(image.symbols.map((symbol) => [symbol.name, symbol]));
  const namesOf = (trial: Trial) => namesOfTrial(positions.get(trial)!);
  const functions = tried
    .flatMap((trial) => namesOf(trial).flatMap((name) => symbols.get(name) ?? []))
    .map(({ name, address, size }, index): GuestFunction => ({ index, name, address, size, origin: "symbol" }));
  const layout = layoutProcess(image);
  const { module, reports } = liftShard({ image, layout, functions, members: functions });
  const linked = linkShards({ image, layout, functions, shards: [module] });
  const instance = instantiate(compileModule(linked), { systemCall: () => {} });
  const { registers } = instance;
  const memory = new GuestMemory(instance.memory, layout.base, image.endianness);
  const entries = new Map(tried.map((trial) => [trial, instance.functionAt(symbols.get(namesOf(trial)[0])!.address)!]));

  const returnAddress = callIn(image) + 8;
  const writable = image.segments.find(({ isWritable }) => isWritable)!;
  const state = (writable.address + 7) & ~7;
  const result = state + RECORD_WORDS * 4 + 8;
  const [stateWord, resultWord] = [(state - layout.base) >>> 2, (result - layout.base) >>> 2];
  const fixed = initialControl(image.float?.isNan2008 ?? false);
  return {
    control: machineUseOf(image, functions).float?.control,
    obstacles: reports.flatMap(({ name, obstacle, obstacles }) =>
      (obstacle ? [obstacle] : obstacles).map(({ reason }) => `${name}: ${reason}`),
    ),
    run(trial, record, into) {
      const { words } = memory;
      words.set(record, stateWord);
      words.fill(0, resultWord, resultWord + RESULT_WORDS);
      const [control, v0, a1, a2, hi, lo] = record;
      registers.set(FCSR, control! | fixed);
      registers.set(2, v0!);
      registers.set(5, a1!);
      registers.set(6, a2!);
      registers.set(HI, hi!);
      registers.set(LO, lo!);
      registers.set(STATE_POINTER, state);
      registers.set(RESULT_POINTER, result);
      registers.set(RA, returnAddress);
      try {
        entries.get(trial)!();
      } catch (error) {
        const trap = guestTrapOf(error, instance);
        if (trap === undefined) throw error;
        return trap;
      }
      into.set(words.subarray(resultWord, resultWord + RESULT_WORDS));
      into[CONTROL_WORD] = registers.get(FCSR);
      into[1] = registers.get(2);
      into[2] = registers.get(HI);
      into[3] = registers.get(LO);
      return undefined;
    },
  };
}

/** Where the program calls the trial: what a trial links to is compared with it. */
function callIn({ segments, codeRanges, endianness }: ProgramImage): number {
  const [{ start, end } = { start: 0, end: 0 }] = codeRanges;
  const { address, bytes } = segments.find((each) => each.address <= start && start < each.address + each.memorySize)!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = start; at < end; at += 4) {
    if (view.getUint32(at - address, endianness === "little") === CALL_OF_TRIAL) return at;
  }
  throw new Error("the program calls no trial");
}
