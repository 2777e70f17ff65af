/** The IR to those who look at it: its functions, their text, the passes. */
export type { IrFunction } from "./function.ts";
export { parseFunction as parseIr } from "./parse.ts";
export { PASSES, runPasses } from "./passes/index.ts";
export { printFunction as printIr } from "./print.ts";
export { verifyFunction as verifyIr } from "./verify.ts";
