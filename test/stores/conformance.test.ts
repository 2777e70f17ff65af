import { storeConformance } from "./conformance.ts";
import { adapters } from "./support/adapters.ts";

for (const adapter of adapters) storeConformance(adapter);
