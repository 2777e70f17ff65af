/** Where a program's stack and heap go in linear memory. */

import { RecompilerError } from "../errors.ts";
import { hex } from "../machine.ts";
import type { MemoryLayout, ProgramImage } from "../program.ts";
import { WASM_PAGE } from "./memory.ts";

/** The limit Linux gives a program unless told otherwise. */
const DEFAULT_STACK_BYTES = 8 << 20;
const DEFAULT_MAXIMUM_BYTES = 1 << 30;

/** Programs linked above this are given a `base` of their own, so that no memory is spent on what lies below them. */
const HIGHEST_START_AT_BASE_ZERO = 16 << 20;

const ADDRESS_SPACE = 2 ** 32;

export interface LayoutOptions {
  /** Bytes of stack, rounded up to 64 KiB. Default 8 MiB. */
  readonly stackBytes?: number;
  /** Bytes the memory may grow to in all, from `base`. Default 1 GiB. */
  readonly maximumBytes?: number;
}

function roundUp(value: number): number {
  return Math.ceil(value / WASM_PAGE) * WASM_PAGE;
}

/**
 * Lays a process out: image, stack right above it, heap above the stack. Linear memory starts with image and stack in
 * it and grows for the heap.
 *
 * @throws RecompilerError when image and stack do not fit the maximum or the address space
 */
export function layoutProcess(image: ProgramImage, options: LayoutOptions = {}): MemoryLayout {
  const lowest = Math.min(...image.segments.map((segment) => segment.address));
  const highest = Math.max(...image.segments.map((segment) => segment.address + segment.memorySize));
  const base = lowest <= HIGHEST_START_AT_BASE_ZERO ? 0 : lowest - (lowest % WASM_PAGE);
  const stackBottom = roundUp(highest);
  const stackTop = stackBottom + roundUp(options.stackBytes ?? DEFAULT_STACK_BYTES);
  const initialBytes = stackTop - base;
  const wantedMaximum = Math.min(options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES, ADDRESS_SPACE - WASM_PAGE - base);
  const maximumBytes = wantedMaximum - (wantedMaximum % WASM_PAGE);
  if (initialBytes > maximumBytes) {
    throw new RecompilerError(
      "layout_too_large",
      `program image: segments from ${hex(lowest)} to ${hex(highest)} and ${stackTop - stackBottom} bytes of stack need ` +
        `${initialBytes} bytes of memory, expected at most ${maximumBytes}; raise maximumBytes or lower stackBytes`,
    );
  }
  return { base, initialBytes, maximumBytes, stackBottom, stackTop, heapStart: stackTop };
}
