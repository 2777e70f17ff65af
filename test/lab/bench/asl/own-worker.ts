/** Measures Restep's interpreter: `own-worker WORKLOAD [FOLDER]`; durable, with a folder for the histories. */

import { ownEngine } from "./own-engine.ts";
import { serveParent } from "./work.ts";
import { workloadNamed } from "./workloads.ts";

const [name, folder] = process.argv.slice(2);
const workload = workloadNamed(name);
await serveParent(ownEngine(workload, folder), { ...workload, program: workload.own });
