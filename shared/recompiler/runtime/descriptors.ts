/** The descriptor table of a process: small numbers for open files, as POSIX hands them out. */

import { SyscallError } from "./errno.ts";
import type { Files, OpenFile } from "./ports.ts";

/** Linux's default limit. */
const MOST_DESCRIPTORS = 1024;

interface OpenDescription {
  readonly file: OpenFile;
  /** Status flags as `fcntl(F_GETFL)` returns them. */
  readonly flags: number;
  /** Descriptors that name it. */
  references: number;
}

export class Descriptors {
  readonly #table = new Map<number, OpenDescription>();

  constructor(files: Files) {
    const readOnly = 0;
    const writeOnly = 1;
    this.#table.set(0, { file: files.standardInput, flags: readOnly, references: 1 });
    this.#table.set(1, { file: files.standardOutput, flags: writeOnly, references: 1 });
    this.#table.set(2, { file: files.standardError, flags: writeOnly, references: 1 });
  }

  /** Gives the file the lowest free number. */
  add(file: OpenFile, flags: number): number {
    return this.#place({ file, flags, references: 0 }, 0);
  }

  /** @throws SyscallError `EMFILE` where no number is left for a file that is to be opened */
  expectRoom(): void {
    this.#lowestFree(0);
  }

  file(descriptor: number): OpenFile {
    return this.#description(descriptor).file;
  }

  flags(descriptor: number): number {
    return this.#description(descriptor).flags;
  }

  duplicate(descriptor: number, lowest = 0): number {
    if (lowest < 0 || lowest >= MOST_DESCRIPTORS) throw new SyscallError("EINVAL");
    return this.#place(this.#description(descriptor), lowest);
  }

  /** `dup2`: makes `target` name what `descriptor` names, closing what it named before. */
  redirect(descriptor: number, target: number): number {
    const description = this.#description(descriptor);
    if (target < 0 || target >= MOST_DESCRIPTORS) throw new SyscallError("EBADF");
    if (this.#table.get(target) === description) return target;
    if (this.#table.has(target)) this.close(target);
    description.references++;
    this.#table.set(target, description);
    return target;
  }

  close(descriptor: number): void {
    const description = this.#description(descriptor);
    this.#table.delete(descriptor);
    description.references--;
    if (description.references === 0) description.file.close();
  }

  #description(descriptor: number): OpenDescription {
    const description = this.#table.get(descriptor);
    if (description === undefined) throw new SyscallError("EBADF");
    return description;
  }

  #lowestFree(lowest: number): number {
    let descriptor = lowest;
    while (this.#table.has(descriptor)) descriptor++;
    if (descriptor >= MOST_DESCRIPTORS) throw new SyscallError("EMFILE");
    return descriptor;
  }

  #place(description: OpenDescription, lowest: number): number {
    const descriptor = this.#lowestFree(lowest);
    description.references++;
    this.#table.set(descriptor, description);
    return descriptor;
  }
}
