/** One function seen from three sides, block by block: its machine code, the IR it became, the WebAssembly that runs. */

import type { IrFunction } from "../ir/function.ts";
import { printFunction } from "../ir/print.ts";
import type { CodeOrigin } from "../lift/emit/writer.ts";
import { liftFunction } from "../lift/function.ts";
import { type ModuleShape, shapeOf, tableExtent, wasmFunctionOf } from "../lift/shape.ts";
import { machineUseOf } from "../lift/use.ts";
import type {
  BasicBlock,
  ControlFlowGraph,
  GuestFunction,
  LiftObstacle,
  MemoryLayout,
  ProgramImage,
} from "../program.ts";
import { bodyExtents } from "../wasm/bodies.ts";
import { linesOfBody, type WasmLine } from "../wasm/print.ts";
import { type AssemblyLine, addressNames, assemblyAt, type NameOfAddress } from "./assembly.ts";

export interface ListingRequest {
  readonly image: ProgramImage;
  readonly layout: MemoryLayout;
  /** The function table, sorted by address. */
  readonly functions: readonly GuestFunction[];
  /** Of the function that is asked for. */
  readonly graph: ControlFlowGraph;
  /** The linked module, where there is one and it holds the function. */
  readonly module?: Uint8Array;
  /** Passes over the IR from this one on are left out if they may be; the WebAssembly is what these give then. */
  readonly passesUntil?: number;
}

/** Code between two places that control can come to or leave from. */
export interface ListedBlock {
  readonly address: number;
  /** `unreached`: no way through the function leads there. `outside`: it belongs to another function too. */
  readonly place: "inside" | "outside" | "unreached";
  readonly assembly: readonly AssemblyLine[];
  /** Blocks of the IR that come from here. */
  readonly ir: readonly string[];
  /** By position in the body. Offsets count in the body, whose own blocks may interleave those of the program. */
  readonly wasm: readonly WasmLine[];
}

export interface FunctionListing {
  readonly blocks: readonly ListedBlock[];
  /** The line that opens the IR; undefined where there is none. */
  readonly ir?: string;
  /** Why there is no IR. */
  readonly obstacle?: LiftObstacle;
  /** Whether the module holds, byte for byte, what the function is lifted to here; undefined where it was not asked. */
  readonly isAsInModule?: boolean;
}

export function listFunction(request: ListingRequest): FunctionListing {
  const { image, functions, graph } = request;
  const { function: fn } = graph;
  const nameOf = addressNames(functions);
  const blocks = assemblyBlocks(image, graph, nameOf);
  let ir: { readonly head: string; readonly blocks: readonly IrText[] } | undefined;
  const indexes = new Map(functions.map((each) => [each.address, each.index]));
  const shape = shapeOf(machineUseOf(image, functions));
  const lift = liftFunction(graph, {
    image,
    layout: request.layout,
    shape,
    tableBase: tableExtent(functions).base,
    indexOf: (address) => indexes.get(address),
    inspect: (lowered) => {
      ir = irText(lowered);
    },
    ...(request.passesUntil !== undefined && { passesUntil: request.passesUntil }),
  });
  if ("obstacle" in lift) return { blocks: blocks.map(bare), obstacle: lift.obstacle };
  const { body, origins = [] } = lift;
  const extent = request.module && bodyExtents(request.module)[fn.index];
  const found = extent && request.module?.subarray(extent.start, extent.end);
  const isAsInModule = found && Buffer.compare(found, body) === 0;
  const wasm = linesOfBody(body, bodyNames(shape, functions));
  const starts = blocks.map(({ address }) => address);
  const irOf = groupBy(ir?.blocks ?? [], starts, fn.address, ({ address }) => address);
  const wasmOf = groupBy(withOrigins(wasm, origins), starts, fn.address, ({ address }) => address);
  return {
    ...(ir && { ir: ir.head }),
    ...(isAsInModule !== undefined && { isAsInModule }),
    blocks: blocks.map((block, position) => ({
      ...block,
      ir: irOf[position]!.flatMap(({ lines }) => lines),
      wasm: wasmOf[position]!.map(({ line }) => line),
    })),
  };
}

/** What the numbers of a module's functions and globals are called. */
export function bodyNames(shape: ModuleShape, functions: readonly GuestFunction[]) {
  const first = wasmFunctionOf(shape, 0);
  return {
    functionName: (index: number) => functions[index - first]?.name ?? `env.${shape.hostFunctions[index]}`,
    globalName: (index: number) => shape.globals[index]?.name,
  };
}

type AssemblyBlock = Pick<ListedBlock, "address" | "place" | "assembly">;

const bare = (block: AssemblyBlock): ListedBlock => ({ ...block, ir: [], wasm: [] });

/** All of the function's words, cut where blocks start and where control leaves; then blocks that lie elsewhere. */
function assemblyBlocks(
  image: ProgramImage,
  { function: { address: start, size }, blocks: basic }: ControlFlowGraph,
  nameOf: NameOfAddress,
): AssemblyBlock[] {
  const end = start + size;
  const reached = new Set<number>();
  const starts = new Set(basic.map(({ address }) => address));
  for (const block of basic) for (const address of addressesOf(block)) reached.add(address);
  const inside: { address: number; place: ListedBlock["place"]; assembly: AssemblyLine[] }[] = [];
  for (let address = start; address < end; address += 4) {
    const place = reached.has(address) ? "inside" : "unreached";
    const last = inside.at(-1);
    const line = assemblyAt(image, address, nameOf);
    if (last === undefined || last.place !== place || starts.has(address)) {
      inside.push({ address, place, assembly: [line] });
    } else last.assembly.push(line);
  }
  const outside = basic.filter(({ address }) => address < start || address >= end);
  return [
    ...inside,
    ...outside.map((block): AssemblyBlock => {
      const assembly = addressesOf(block).map((address) => assemblyAt(image, address, nameOf));
      return { address: block.address, place: "outside", assembly };
    }),
  ];
}

function addressesOf({ instructions, terminator }: BasicBlock): number[] {
  const ending =
    "instruction" in terminator
      ? [terminator.instruction, ...("delaySlot" in terminator ? [terminator.delaySlot] : [])]
      : terminator.kind === "obstacle"
        ? [terminator.obstacle]
        : [];
  return [...instructions, ...ending].map(({ address }) => address);
}

interface IrText {
  /** Of the instruction that it ends by; 0 for one that was added. */
  readonly address: number;
  readonly lines: readonly string[];
}

function irText(fn: IrFunction): { head: string; blocks: IrText[] } {
  const [head = "", ...blocks] = printFunction(fn).trimEnd().split("\n\n");
  return {
    head,
    blocks: blocks.map((text, block) => ({
      address: fn.at[fn.blockEnd(block) - 1]! >>> 0,
      lines: text.split("\n"),
    })),
  };
}

function withOrigins(lines: readonly WasmLine[], origins: readonly CodeOrigin[]) {
  let next = 0;
  return lines.map((line) => {
    while (next < origins.length && origins[next]!.at <= line.at) next += 1;
    return { line, address: origins[next - 1]?.address ?? 0 };
  });
}

/** Items by the block that holds their address; those of no address go with the one before. */
function groupBy<Item>(
  items: readonly Item[],
  starts: readonly number[],
  entry: number,
  addressOf: (item: Item) => number,
): Item[][] {
  const groups = starts.map((): Item[] => []);
  const entryBlock = Math.max(0, starts.indexOf(entry));
  let last = entryBlock;
  for (const item of items) {
    const address = addressOf(item);
    if (address !== 0) last = blockHolding(starts, address) ?? last;
    groups[last]?.push(item);
  }
  return groups;
}

/** Blocks of other functions come behind the function's own, so the starts are not in order altogether. */
function blockHolding(starts: readonly number[], address: number): number | undefined {
  let best: number | undefined;
  for (const [position, start] of starts.entries()) {
    if (start <= address && (best === undefined || start > starts[best]!)) best = position;
  }
  return best;
}
