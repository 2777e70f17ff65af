/** Bounds-checked reading of the fields of an ELF file. Every complaint names its field. */

import { ElfError } from "../errors.ts";
import type { Endianness } from "../machine.ts";

/** An ELF file whose byte order is known. Offsets and sizes are in bytes. */
export interface ElfFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly endianness: Endianness;
}

export function elfFile(bytes: Uint8Array, endianness: Endianness): ElfFile {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), endianness };
}

/** Offsets within one structure of the file by field name, and how many bytes each field has. */
export type Layout<Field extends string> = Readonly<Record<Field, readonly [offset: number, size: 1 | 2 | 4]>>;

/** A structure of the file: its field values, and where each stands, for messages. */
export interface Structure<Field extends string> {
  /** How messages name it: empty for the file header, else such as `program header 2`. */
  readonly label: string;
  readonly offset: number;
  readonly layout: Layout<Field>;
  readonly values: Readonly<Record<Field, number>>;
}

export const hexNumber = (value: number): string => `0x${value.toString(16)}`;

/** @throws ElfError when the structure does not lie inside the file */
export function readStructure<Field extends string>(
  file: ElfFile,
  label: string,
  offset: number,
  layout: Layout<Field>,
): Structure<Field> {
  const values = {} as Record<Field, number>;
  const isLittle = file.endianness === "little";
  for (const field of Object.keys(layout) as Field[]) {
    const [within, size] = layout[field];
    const position = offset + within;
    if (position + size > file.bytes.length) {
      throw new ElfError("elf_malformed", {
        field: `${label} ${field}`.trim(),
        offset: position,
        expected: `${size} bytes in a file of ${file.bytes.length}`,
        found: "the end of the file",
        advice: "the file is truncated",
      });
    }
    if (size === 1) values[field] = file.view.getUint8(position);
    else if (size === 2) values[field] = file.view.getUint16(position, isLittle);
    else values[field] = file.view.getUint32(position, isLittle);
  }
  return { label, offset, layout, values };
}

/** The error for one field of a structure. */
export function fieldError<Field extends string>(
  structure: Structure<Field>,
  field: Field,
  expected: string,
  options: { readonly found?: string; readonly advice?: string; readonly isUnsupported?: boolean } = {},
): ElfError {
  return new ElfError(options.isUnsupported === true ? "elf_unsupported" : "elf_malformed", {
    field: `${structure.label} ${field}`.trim(),
    offset: structure.offset + structure.layout[field][0],
    expected,
    found: options.found ?? hexNumber(structure.values[field]),
    ...(options.advice === undefined ? {} : { advice: options.advice }),
  });
}

/**
 * Checks that a table or a body lies inside the file.
 *
 * @throws ElfError naming the offset field when it starts outside, else the size field
 */
export function requireInFile<Field extends string>(
  file: ElfFile,
  structure: Structure<Field>,
  offsetField: Field,
  sizeField: Field,
  byteCount: number,
): void {
  const offset = structure.values[offsetField];
  const length = file.bytes.length;
  if (offset > length) throw fieldError(structure, offsetField, `an offset inside the file's ${length} bytes`);
  if (offset + byteCount > length) {
    throw fieldError(structure, sizeField, `at most ${length - offset} bytes from offset ${hexNumber(offset)}`, {
      found: `${hexNumber(structure.values[sizeField])} (${byteCount} bytes)`,
    });
  }
}
