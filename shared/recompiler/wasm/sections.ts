/** Modules as sequences of sections. */

import { ByteReader, ByteWriter } from "./bytes.ts";

/** `\0asm`, version 1. */
const PREAMBLE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

export function section(id: number, write: (content: ByteWriter) => void): Section {
  const content = new ByteWriter();
  write(content);
  return { id, content: content.finish() };
}

export function encodeModule(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  const module = new ByteWriter();
  module.bytes(PREAMBLE);
  for (const { id, content } of sections) {
    module.byte(id);
    module.unsigned(content.length);
    module.bytes(content);
  }
  return module.finish();
}

/** @throws RangeError when the bytes are no sequence of sections behind a module's preamble */
export function decodeModule(bytes: Uint8Array): Section[] {
  const reader = new ByteReader(bytes);
  const preamble = reader.bytes(PREAMBLE.length);
  if (!PREAMBLE.every((byte, index) => preamble[index] === byte)) throw new RangeError("no WebAssembly 1 preamble");
  const sections: Section[] = [];
  while (!reader.isAtEnd) {
    const id = reader.byte();
    sections.push({ id, content: reader.bytes(reader.unsigned()) });
  }
  return sections;
}
