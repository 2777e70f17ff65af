/** The descriptor table of a process: small numbers for open files, as POSIX hands them out. */

import { SyscallError } from "./errno.ts";
import type { Files, FolderEntry, OpenFile } from "./ports.ts";

/** Linux's default limit. */
const MOST_DESCRIPTORS = 1024;

/** What `open` makes, and all descriptors that were duplicated from it share. */
export interface OpenDescription {
  readonly file: OpenFile;
  /** Status flags as `fcntl(F_GETFL)` returns them. */
  flags: number;
  /** As {@link Files.resolve} gave it; undefined for what was not opened by a path. */
  readonly path: string | undefined;
  /** Of a folder: its entries as they were when it was first read, and how many of them were handed out. */
  listing?: { readonly entries: readonly FolderEntry[]; position: number };
  /** Descriptors that name it. */
  references: number;
}

interface Descriptor {
  readonly description: OpenDescription;
  closesOnExec: boolean;
}

export class Descriptors {
  readonly #table = new Map<number, Descriptor>();

  constructor(files: Files) {
    const readOnly = 0;
    const writeOnly = 1;
    for (const [number, file, flags] of [
      [0, files.standardInput, readOnly],
      [1, files.standardOutput, writeOnly],
      [2, files.standardError, writeOnly],
    ] as const) {
      this.#table.set(number, { description: { file, flags, path: undefined, references: 1 }, closesOnExec: false });
    }
  }

  /** Gives the file the lowest free number. */
  add(file: OpenFile, flags: number, { path, closesOnExec = false }: AddOptions = {}): number {
    return this.#place({ file, flags, path, references: 0 }, 0, closesOnExec);
  }

  /** @throws SyscallError `EMFILE` where not so many numbers are left for files that are to be opened */
  expectRoom(count = 1): void {
    let lowest = 0;
    for (let found = 0; found < count; found++) lowest = this.#lowestFree(lowest) + 1;
  }

  file(descriptor: number): OpenFile {
    return this.description(descriptor).file;
  }

  /** @throws SyscallError `EBADF` */
  description(descriptor: number): OpenDescription {
    return this.#descriptor(descriptor).description;
  }

  closesOnExec(descriptor: number): boolean {
    return this.#descriptor(descriptor).closesOnExec;
  }

  setClosesOnExec(descriptor: number, closes: boolean): void {
    this.#descriptor(descriptor).closesOnExec = closes;
  }

  duplicate(descriptor: number, lowest = 0, closesOnExec = false): number {
    if (lowest < 0 || lowest >= MOST_DESCRIPTORS) throw new SyscallError("EINVAL");
    return this.#place(this.description(descriptor), lowest, closesOnExec);
  }

  /** `dup2`: makes `target` name what `descriptor` names, closing what it named before. */
  redirect(descriptor: number, target: number, closesOnExec = false): number {
    const description = this.description(descriptor);
    if (target < 0 || target >= MOST_DESCRIPTORS) throw new SyscallError("EBADF");
    if (target === descriptor) return target;
    description.references++;
    if (this.#table.has(target)) this.close(target);
    this.#table.set(target, { description, closesOnExec });
    return target;
  }

  close(descriptor: number): void {
    const description = this.description(descriptor);
    this.#table.delete(descriptor);
    description.references--;
    if (description.references === 0) description.file.close();
  }

  /** The numbers in use, ascending. */
  numbers(): readonly number[] {
    return [...this.#table.keys()].sort((a, b) => a - b);
  }

  #descriptor(number: number): Descriptor {
    const descriptor = this.#table.get(number);
    if (descriptor === undefined) throw new SyscallError("EBADF");
    return descriptor;
  }

  #lowestFree(lowest: number): number {
    let descriptor = lowest;
    while (this.#table.has(descriptor)) descriptor++;
    if (descriptor >= MOST_DESCRIPTORS) throw new SyscallError("EMFILE");
    return descriptor;
  }

  #place(description: OpenDescription, lowest: number, closesOnExec: boolean): number {
    const descriptor = this.#lowestFree(lowest);
    description.references++;
    this.#table.set(descriptor, { description, closesOnExec });
    return descriptor;
  }
}

interface AddOptions {
  readonly path?: string | undefined;
  readonly closesOnExec?: boolean;
}
