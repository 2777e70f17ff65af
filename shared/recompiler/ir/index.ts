/** The IR to those who look at it: its functions, their text, the passes. */
export { IrFunction } from "./function.ts";
export { parseFunction } from "./parse.ts";
export { PASSES, type Pass, runPasses, type Target } from "./passes/index.ts";
export { printFunction } from "./print.ts";
export { verifyFunction } from "./verify.ts";
