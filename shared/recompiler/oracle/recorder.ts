/** The second run: copies the pages that chosen calls touch before they are changed, and the system calls made inside. */

import type { Activation, ActivationListener } from "./activations.ts";
import type { ActivationEnd, Capture, CapturedPage, SyscallRecord } from "./capture.ts";
import type { Machine } from "./machine.ts";
import { PAGE_BYTES, type WatchedMemory } from "./watched-memory.ts";

/** A call that is being recorded. */
interface Recording {
  readonly activation: Activation;
  readonly stamp: number;
  readonly registers: Int32Array;
  readonly threadPointer: number;
  readonly pages: CapturedPage[];
  readonly firstSyscall: number;
}

export interface Recorder extends ActivationListener {
  /** In the order in which the calls ended. To be asked once the program has ended. */
  captures(): Capture[];
  /** Calls given up because they touched more pages than allowed. */
  readonly oversized: number;
}

export interface RecorderOptions {
  readonly memory: WatchedMemory;
  /** Address of a function by position. */
  readonly addressOf: (position: number) => number;
  readonly isChosen: (position: number, call: number) => boolean;
  /** Is a page as the program was loaded? Then it need not be kept. */
  readonly isAsLoaded: (page: number, bytes: Uint8Array) => boolean;
  readonly maxPages: number;
  /** @returns whether a signal's handler runs now */
  readonly systemCall: (machine: Machine, onRecord: (record: SyscallRecord) => void) => boolean;
}

/**
 * All recordings share one mechanism: a page whose last first touch is older than a recording has not changed since
 * that recording began, so a copy made now, before the access, shows it as it was at its entry.
 */
export function recordCalls(options: RecorderOptions): Recorder {
  const { memory } = options;
  let recordings: Recording[] = [];
  let oversized = 0;
  const finished: Omit<Capture, "memoryBytes">[] = [];
  const syscalls: SyscallRecord[] = [];
  const contents = new Map<string, Uint8Array>();

  /** One copy of each content, however many vectors hold it. */
  const shared = (bytes: Uint8Array): Uint8Array => {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, PAGE_BYTES).toString("latin1");
    const known = contents.get(key);
    if (known === undefined) contents.set(key, bytes);
    return known ?? bytes;
  };

  memory.onFirstTouch = (page, lastStamp) => {
    const concerned = recordings.filter(({ stamp }) => stamp > lastStamp);
    if (concerned.length === 0) return;
    const bytes = memory.copyPage(page);
    if (options.isAsLoaded(page, bytes)) return;
    const entry = { page, bytes: shared(bytes) };
    for (const recording of concerned) recording.pages.push(entry);
    const tooLarge = concerned.filter(({ pages }) => pages.length > options.maxPages);
    if (tooLarge.length > 0) {
      oversized += tooLarge.length;
      recordings = recordings.filter((recording) => !tooLarge.includes(recording));
    }
  };

  const finish = (machine: Machine, recording: Recording, end: ActivationEnd): void => {
    const { activation, registers, threadPointer, pages, firstSyscall } = recording;
    finished.push({
      address: options.addressOf(activation.function),
      call: activation.call,
      registers,
      threadPointer,
      pages: pages.toSorted((a, b) => a.page - b.page),
      syscalls: syscalls.slice(firstSyscall),
      instructions: activation.remainingAtEntry - machine.remaining,
      end,
    });
  };

  return {
    entered(machine, activation) {
      if (!options.isChosen(activation.function, activation.call)) return;
      recordings.push({
        activation,
        stamp: memory.nextMoment(),
        registers: machine.registers.slice(),
        threadPointer: machine.threadPointer,
        pages: [],
        firstSyscall: syscalls.length,
      });
    },
    departed(machine, activation, departure) {
      const recording = recordings.find((candidate) => candidate.activation === activation);
      if (recording === undefined) return;
      recordings = recordings.filter((candidate) => candidate !== recording);
      if (departure !== "unwound") finish(machine, recording, departure);
    },
    systemCall(machine) {
      const isInterrupted = options.systemCall(machine, (record) => syscalls.push(record));
      // A handler is no part of what the function does by itself: nobody would call it where the capture is played.
      if (isInterrupted) recordings = [];
    },
    processEnded(machine, _underWay, end) {
      for (const recording of recordings) finish(machine, recording, end);
      recordings = [];
    },
    captures: () => finished.map((capture) => ({ ...capture, memoryBytes: memory.size })),
    get oversized() {
      return oversized;
    },
  };
}
