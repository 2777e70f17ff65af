import { afterEach, beforeEach, describe } from "vitest";
import { artifactConformance } from "./conformance/artifacts.ts";
import { cancellationConformance } from "./conformance/cancellations.ts";
import { eventConformance } from "./conformance/events.ts";
import { formatConformance } from "./conformance/formats.ts";
import { historyConformance } from "./conformance/history.ts";
import { leaseConformance } from "./conformance/leases.ts";
import { modelConformance } from "./conformance/model.ts";
import { publicationConformance } from "./conformance/publications.ts";
import { retentionConformance } from "./conformance/retention.ts";
import { runConformance } from "./conformance/runs.ts";
import { signatureConformance } from "./conformance/signatures.ts";
import type { Adapter, Harness } from "./support/harness.ts";

/** What every adapter of the stores must do. An adapter is done when this passes. */
export function storeConformance(adapter: Adapter): void {
  describe(adapter.name, () => {
    let current: Harness;
    beforeEach(async () => {
      current = await adapter.start();
    });
    afterEach(() => current.dispose());

    const harness = () => current;
    artifactConformance(harness);
    runConformance(harness);
    eventConformance(harness);
    historyConformance(harness);
    leaseConformance(harness);
    cancellationConformance(harness);
    signatureConformance(harness);
    publicationConformance(harness);
    retentionConformance(harness);
    formatConformance(harness);
    modelConformance(adapter.start);
  });
}
