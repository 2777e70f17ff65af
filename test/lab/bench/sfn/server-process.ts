/** The Step Functions server of the benchmarks, in a process of its own: `server-process FOLDER`. Told to end by its parent. */

import { startStoredSfnServer } from "../../../../shared/local/sfn.ts";
import { peakMemory } from "../asl/peak-memory.ts";
import type { FromServer } from "./served.ts";

const [folder] = process.argv.slice(2);
const send = (message: FromServer) => void process.send?.(message);
const server = await startStoredSfnServer(folder!, {}, () => undefined);
process.on("message", () => send({ residentBytes: process.memoryUsage.rss(), peakBytes: peakMemory() }));
process.on("disconnect", () => process.exit(0));
send({ url: server.url });
