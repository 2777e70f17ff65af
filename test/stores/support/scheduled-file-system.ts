import { setImmediate } from "node:timers/promises";
import type { FileSystem, OpenFile } from "../../../shared/stores/filesystem/file-system.ts";

/** Lets several processes go on by one file operation at a time, in an order that the test chooses. */
export interface Schedule {
  /** A process whose operations wait for their turn. */
  join(inner: FileSystem): { readonly fileSystem: FileSystem; start<T>(work: () => Promise<T>): Promise<T> };
  /** Runs until all have ended; `choose` picks the next of `n`, and how many operations it may do in a row. */
  run(choose: (n: number) => { readonly who: number; readonly turns: number }): Promise<void>;
}

interface Member {
  isRunning: boolean;
  next: (() => void) | undefined;
}

export function schedule(): Schedule {
  const members: Member[] = [];

  /** Waits until a process asks for its next operation or has ended. */
  const settled = async (member: Member) => {
    while (member.isRunning && member.next === undefined) await setImmediate();
  };

  return {
    join(inner) {
      const member: Member = { isRunning: false, next: undefined };
      members.push(member);
      const turn = async () => {
        if (!member.isRunning) return;
        await new Promise<void>((resolve) => {
          member.next = resolve;
        });
      };
      return {
        fileSystem: taken(inner, turn),
        async start(work) {
          member.isRunning = true;
          try {
            return await work();
          } finally {
            member.isRunning = false;
          }
        },
      };
    },
    async run(choose) {
      for (;;) {
        for (const member of members) await settled(member);
        const ready = members.filter(({ next }) => next !== undefined);
        if (ready.length === 0) return;
        const { who, turns } = choose(ready.length);
        const member = ready[who];
        for (let done = 0; done < turns && member?.next !== undefined; done += 1) {
          const { next } = member;
          member.next = undefined;
          next();
          await settled(member);
        }
      }
    },
  };
}

function taken(inner: FileSystem, turn: () => Promise<void>): FileSystem {
  const inTurn =
    <A extends unknown[], R>(operation: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await turn();
      return operation(...args);
    };
  const wrapFile = (file: OpenFile): OpenFile => ({
    read: inTurn(file.read),
    write: inTurn(file.write),
    truncate: inTurn(file.truncate),
    sync: inTurn(file.sync),
    stat: inTurn(file.stat),
    close: inTurn(file.close),
  });
  return {
    open: inTurn(async (path, mode) => wrapFile(await inner.open(path, mode))),
    append: inTurn(inner.append),
    stat: inTurn(inner.stat),
    readFolder: inTurn(inner.readFolder),
    makeFolder: inTurn(inner.makeFolder),
    rename: inTurn(inner.rename),
    removeFile: inTurn(inner.removeFile),
    removeFolder: inTurn(inner.removeFolder),
    touch: inTurn(inner.touch),
    syncFolder: inTurn(inner.syncFolder),
    watch: inner.watch,
  };
}
