/** `restep/recompiler`: from an ELF file's bytes to WebAssembly, step by step, without a run around it. */
export { loadElf } from "./elf/index.ts";
export { ElfError, RecompilerError } from "./errors.ts";
export { type IrFunction, PASSES, parseIr, printIr, runPasses, verifyIr } from "./ir/index.ts";
export {
  buildIr,
  type LiftedShard,
  type LiftReport,
  type LinkRequest,
  liftShard,
  linkShards,
  type ShardRequest,
} from "./lift/index.ts";
export type { Endianness } from "./machine.ts";
export { buildControlFlow } from "./mips/control-flow.ts";
export { type DiscoveryOptions, discoverFunctions } from "./mips/discover.ts";
export type {
  ControlFlowGraph,
  FunctionSymbol,
  GuestFunction,
  LiftObstacle,
  MemoryLayout,
  ProgramImage,
  Segment,
} from "./program.ts";
export { layoutProcess } from "./runtime/layout.ts";
export { runInWorker, type WorkerRun } from "./runtime/run-in-worker.ts";
