import { setFlagsFromString } from "node:v8";

/** The first V8 that takes back what its optimising compiler assumed, and asks the baseline code for what to assume instead. */
const FIRST_TO_DEOPTIMISE = 13;

/**
 * V8 does not replace a running loop's baseline code, so a program whose time goes into one call would never see the
 * optimising compiler: have it compile all code, before any of it runs. Without baseline code there is nobody to ask: a V8
 * that deoptimises would end the process.
 */
export function compileForSpeed(v8 = process.versions.v8, setFlag = setFlagsFromString): void {
  setFlag("--no-liftoff");
  setFlag("--no-wasm-lazy-compilation");
  if (Number.parseInt(v8, 10) >= FIRST_TO_DEOPTIMISE) setFlag("--no-wasm-deopt");
}
