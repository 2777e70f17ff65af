/** Measures Restep's interpreter: `own-worker WORKLOAD [FILE]`; durable, with a file for the histories. */

import { ownEngine } from "./own-engine.ts";
import { serveParent } from "./work.ts";
import { workloadNamed } from "./workloads.ts";

const [name, journalFile] = process.argv.slice(2);
const workload = workloadNamed(name);
await serveParent(ownEngine(workload, journalFile), { ...workload, program: workload.own });
