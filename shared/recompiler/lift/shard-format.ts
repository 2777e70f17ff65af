/** What marks a module as a shard, and reading one back. */

import { RecompilerError } from "../errors.ts";
import type { GuestFunction, MemoryLayout } from "../program.ts";
import { ByteReader } from "../wasm/bytes.ts";
import { SECTION } from "../wasm/opcodes.ts";
import { decodeModule, type Section } from "../wasm/sections.ts";
import { shardImportSection, typeSection } from "./module-parts.ts";
import type { ModuleShape } from "./shape.ts";

/** The custom section that names, body by body, the position in the function table. */
export const MEMBERS_SECTION = "restep.members";

/** Whether a section is, byte for byte, the one that every shard of this program has. */
function isSame(found: Section | undefined, expected: Section): boolean {
  return (
    found !== undefined &&
    found.content.length === expected.content.length &&
    found.content.every((byte, position) => byte === expected.content[position])
  );
}

export interface ShardExpectations {
  readonly types: Section;
  readonly imports: Section;
  readonly functionCount: number;
}

export function shardExpectations(
  shape: ModuleShape,
  layout: MemoryLayout,
  functions: readonly GuestFunction[],
): ShardExpectations {
  return {
    types: typeSection(shape),
    imports: shardImportSection(shape, layout, functions),
    functionCount: functions.length,
  };
}

/**
 * The bodies of a shard by position in the function table.
 *
 * @param position of the shard among those linked, for the message
 * @throws RecompilerError `shard_malformed` when the bytes are no shard, `shard_foreign` when it is another program's
 */
export function readShard(
  bytes: Uint8Array,
  position: number,
  expected: ShardExpectations,
): { readonly index: number; readonly body: Uint8Array }[] {
  const malformed = (reason: string, cause?: unknown) =>
    new RecompilerError("shard_malformed", `shard ${position}: ${reason}; lift its functions again`, {
      ...(cause === undefined ? {} : { cause }),
      details: { shard: position },
    });
  const sections = orThrow(() => decodeModule(bytes));
  const find = (id: number) => sections.find((section) => section.id === id);
  const foreign = (name: string) =>
    new RecompilerError(
      "shard_foreign",
      `shard ${position}: its ${name} section differs from that of this program's function table and layout; ` +
        "link only shards lifted with the same image, layout and functions",
      { details: { shard: position, section: name } },
    );
  if (!isSame(find(SECTION.type), expected.types)) throw foreign("type");
  if (!isSame(find(SECTION.import), expected.imports)) throw foreign("import");
  return orThrow(() => readBodies(find(SECTION.code), membersOf(sections), expected.functionCount));

  function orThrow<Value>(read: () => Value): Value {
    try {
      return read();
    } catch (cause) {
      throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
    }
  }
}

function membersOf(sections: readonly Section[]): number[] {
  for (const { id, content } of sections) {
    if (id !== SECTION.custom) continue;
    const reader = new ByteReader(content);
    const name = new TextDecoder().decode(reader.bytes(reader.unsigned()));
    if (name === MEMBERS_SECTION) return Array.from({ length: reader.unsigned() }, () => reader.unsigned());
  }
  throw new RangeError(`expected a custom section ${MEMBERS_SECTION}, found none`);
}

function readBodies(
  code: Section | undefined,
  members: readonly number[],
  functionCount: number,
): { readonly index: number; readonly body: Uint8Array }[] {
  const reader = new ByteReader(code?.content ?? Uint8Array.of(0));
  const count = reader.unsigned();
  if (count !== members.length) throw new RangeError(`expected ${members.length} bodies, found ${count}`);
  return members.map((index) => {
    if (index >= functionCount) throw new RangeError(`expected functions 0 to ${functionCount - 1}, found ${index}`);
    return { index, body: reader.bytes(reader.unsigned()) };
  });
}
