/** The worker of local mode. */
import "./schemas-as-they-are.ts";

import { workerData } from "node:worker_threads";
import type { WorkerSettings } from "../shared/local/worker-protocol.ts";
import { openStores } from "../shared/stores/open.ts";
import { serveLocalWorker } from "./serve-local.ts";

// The main thread has prepared and cleaned it.
serveLocalWorker(workerData as WorkerSettings, (store) => openStores(store, { asFound: true }));
