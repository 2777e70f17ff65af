import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The build is what is measured: a loader that runs TypeScript as it is would add its own memory to ours. */
const folder = join(dirname(createRequire(import.meta.url).resolve("restep/package.json")), "dist/test/lab/bench/asl");

/** Measures Restep's interpreter. */
export const OWN_WORKER = join(folder, "own-worker.js");

/** Measures the peer; see there which Node runs it. */
export const PEER_WORKER = join(folder, "peer-worker.js");
