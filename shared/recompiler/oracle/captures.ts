/**
 * Captures as bytes: the artifact that carries them from tracing to testing. The same captures give the same bytes.
 *
 * Contents (pages and what system calls wrote) and system calls come first, each once; the captures refer to them by
 * number. Nothing is compressed further than by leaving out zeros: compressors change their output between versions.
 */

import { emptyRegisters } from "../register-file.ts";
import { ByteSink, ByteSource } from "./byte-stream.ts";
import type { ActivationEnd, Capture, CapturedPage, SyscallRecord } from "./capture.ts";
import { PAGE_BYTES } from "./watched-memory.ts";

/** "RCAP" and the version of the format. */
const MAGIC = 0x50414352;
const VERSION = 2;
/** The first version held the general registers, HI and LO, and no count of them. */
const FIRST_VERSION = 1;
const FIRST_VERSION_REGISTERS = 34;

const ENDS: readonly ActivationEnd[] = ["returned", "exit", "trap", "left"];

/** The longest content believed when reading: no guest memory is larger. */
const LONGEST_CONTENT = 2 ** 30;

/** Gives each different thing a number, in order of first appearance. */
class Numbering<Item> {
  readonly items: Item[] = [];
  readonly #numbers = new Map<string, number>();

  of(key: string, item: Item): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

function encodeSyscall(record: SyscallRecord, contentOf: (bytes: Uint8Array) => number): Uint8Array {
  const sink = new ByteSink();
  sink.word(record.number);
  sink.count(record.args.length);
  for (const argument of record.args) sink.word(argument);
  sink.word(record.result);
  sink.count(record.errorFlag);
  sink.count(record.endsProcess ? 1 : 0);
  sink.count(record.reads.length);
  for (const { address, length } of record.reads) {
    sink.count(address);
    sink.count(length);
  }
  sink.count(record.writes.length);
  for (const { address, bytes } of record.writes) {
    sink.count(address);
    sink.count(contentOf(bytes));
  }
  sink.count(record.memoryBytes);
  sink.word(record.threadPointer);
  return sink.finish();
}

export function encodeCaptures(captures: readonly Capture[]): Uint8Array {
  const contents = new Numbering<Uint8Array>();
  const syscalls = new Numbering<Uint8Array>();
  const contentOf = (bytes: Uint8Array): number => contents.of(textOf(bytes), bytes);
  const known = new Map<SyscallRecord, number>();
  const syscallOf = (record: SyscallRecord): number => {
    const number = known.get(record);
    if (number !== undefined) return number;
    const encoded = encodeSyscall(record, contentOf);
    const fresh = syscalls.of(textOf(encoded), encoded);
    known.set(record, fresh);
    return fresh;
  };

  const body = new ByteSink();
  body.count(captures.length);
  for (const capture of captures) {
    body.count(capture.address);
    body.count(capture.call);
    const used = 1 + capture.registers.findLastIndex((value) => value !== 0);
    body.count(used);
    for (const register of capture.registers.subarray(0, used)) body.word(register);
    body.word(capture.threadPointer);
    body.count(capture.memoryBytes);
    body.count(capture.instructions);
    body.count(ENDS.indexOf(capture.end));
    body.count(capture.pages.length);
    for (const { page, bytes } of capture.pages) {
      body.count(page);
      body.count(contentOf(bytes));
    }
    body.count(capture.syscalls.length);
    for (const record of capture.syscalls) body.count(syscallOf(record));
  }

  const head = new ByteSink();
  head.word(MAGIC);
  head.count(VERSION);
  head.count(contents.items.length);
  for (const content of contents.items) head.bytes(content);
  head.count(syscalls.items.length);
  return Buffer.concat([head.finish(), ...syscalls.items, body.finish()]);
}

function list<Item>(source: ByteSource, read: () => Item): Item[] {
  return Array.from({ length: source.countOfItems() }, read);
}

function decodeSyscall(source: ByteSource, contents: readonly Uint8Array[]): SyscallRecord {
  return {
    number: source.word(),
    args: list(source, () => source.word()),
    result: source.word(),
    errorFlag: source.count(),
    endsProcess: source.index(2) === 1,
    reads: list(source, () => ({ address: source.count(), length: source.count() })),
    writes: list(source, () => ({ address: source.count(), bytes: contents[source.index(contents.length)]! })),
    memoryBytes: source.count(),
    threadPointer: source.word(),
  };
}

function decodePage(source: ByteSource, contents: readonly Uint8Array[]): CapturedPage {
  const page = source.count();
  const bytes = contents[source.index(contents.length)]!;
  if (bytes.length !== PAGE_BYTES) throw source.malformed(`a page of ${PAGE_BYTES} bytes`, `${bytes.length} bytes`);
  return { page, bytes };
}

/** @throws RecompilerError `captures_malformed` */
export function decodeCaptures(bytes: Uint8Array): Capture[] {
  const source = new ByteSource(bytes);
  const magic = source.word();
  if (magic !== MAGIC) throw source.malformed("the mark RCAP", `0x${(magic >>> 0).toString(16)}`);
  const version = source.count();
  if (version !== VERSION && version !== FIRST_VERSION) {
    throw source.malformed(`version ${FIRST_VERSION} or ${VERSION}`, `version ${version}`);
  }
  const contents = list(source, () => source.bytes(LONGEST_CONTENT));
  const syscalls = list(source, () => decodeSyscall(source, contents));
  const captures = list(source, (): Capture => {
    const address = source.count();
    const call = source.count();
    const registers = emptyRegisters();
    const used = version === FIRST_VERSION ? FIRST_VERSION_REGISTERS : source.index(registers.length + 1);
    for (let slot = 0; slot < used; slot++) registers[slot] = source.word();
    return {
      address,
      call,
      registers,
      threadPointer: source.word(),
      memoryBytes: source.count(),
      instructions: source.count(),
      end: ENDS[source.index(ENDS.length)]!,
      pages: list(source, () => decodePage(source, contents)),
      syscalls: list(source, () => syscalls[source.index(syscalls.length)]!),
    };
  });
  source.end();
  return captures;
}
