/** The worker of local mode. */
import "./schemas-as-they-are.ts";

import { openStores } from "../shared/stores/open.ts";
import { serveLocalWorker } from "./serve-local.ts";

// The main thread has prepared and cleaned it.
serveLocalWorker(({ store }) => openStores(store, { asFound: true }));
