/**
 * Recompiles a binary, runs it, and says on standard error how long the program itself took, in milliseconds:
 * `guest-process.ts BINARY [ARGUMENT]...`. Lifting, and compiling the module, are not counted.
 */

import { readFileSync } from "node:fs";
import { hostClock, hostRandomness } from "../../../shared/recompiler/runtime/clocks.ts";
import { compileForSpeed } from "../../../shared/recompiler/runtime/compile-for-speed.ts";
import { runModule } from "../../../shared/recompiler/runtime/host.ts";
import { hostFiles } from "../../../shared/recompiler/runtime/host-files.ts";
import { recompile } from "./recompile.ts";

const [binary, ...args] = process.argv.slice(2);
if (binary === undefined) throw new Error("guest-process: expected a binary, found no argument");
const { image, layout, module } = recompile(readFileSync(binary));

// As `restep exec` does.
compileForSpeed();

let start = 0;
const outcome = runModule(
  module,
  { layout, endianness: image.endianness, entry: image.entry, args: [binary, ...args], env: [] },
  {
    files: hostFiles({ args }),
    clock: hostClock,
    randomness: {
      // Asked for once, when the module is ready and the program about to start.
      fill(bytes) {
        hostRandomness.fill(bytes);
        start = performance.now();
      },
    },
  },
);
const elapsed = performance.now() - start;
if (outcome.kind === "trap") throw new Error(`guest-process: ${outcome.message}`);
process.stderr.write(`${elapsed}\n`);
process.exitCode = outcome.status;
