/** `statfs` and its kin (asm/statfs.h). */

import type { Files } from "../ports.ts";
import type { Implementation, SystemCall } from "./call.ts";
import { pathAt } from "./paths.ts";
import { type Field, storeFields } from "./structures.ts";

/** As a file system of the kind that most machines have would say. */
const EXT4 = 0xef53;
const LONGEST_NAME = 255;

type Space = ReturnType<Files["spaceOf"]>;

function store(call: SystemCall, address: number, space: Space): number {
  // biome-ignore format: a table, one row a field
  const fields: readonly Field[] = [
    [0,  4, EXT4],            [4,  4, space.blockSize], [8,  4, space.blockSize], [12, 4, space.blocks],
    [16, 4, space.freeBlocks], [20, 4, space.files],     [24, 4, space.freeFiles], [28, 4, space.freeBlocks],
    [40, 4, LONGEST_NAME],
  ];
  storeFields(call.memory, address, 68, fields);
  return 0;
}

function storeWide(call: SystemCall, address: number, space: Space): number {
  // biome-ignore format: a table, one row a field
  const fields: readonly Field[] = [
    [0,  4, EXT4],            [4,  4, space.blockSize], [8,  4, space.blockSize], [16, 8, space.blocks],
    [24, 8, space.freeBlocks], [32, 8, space.files],     [40, 8, space.freeFiles], [48, 8, space.freeBlocks],
    [64, 4, LONGEST_NAME],
  ];
  storeFields(call.memory, address, 96, fields);
  return 0;
}

function spaceAt(call: SystemCall): Space {
  return call.process.world.files.spaceOf(pathAt(call, 0));
}

/** Of a stream, what there is where the program started. */
function spaceOfDescriptor(call: SystemCall): Space {
  const { files } = call.process.world;
  const { path } = call.process.descriptors.description(call.argument(0));
  return files.spaceOf(path ?? files.startFolder);
}

export const statfs: Implementation = (call) => store(call, call.address(1), spaceAt(call));
export const fstatfs: Implementation = (call) => store(call, call.address(1), spaceOfDescriptor(call));
/** The second argument is the size of the structure. */
export const statfs64: Implementation = (call) => storeWide(call, call.address(2), spaceAt(call));
export const fstatfs64: Implementation = (call) => storeWide(call, call.address(2), spaceOfDescriptor(call));
