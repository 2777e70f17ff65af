import type { ArtifactRef } from "../contracts/ids.ts";
import { type MeteredModule, meteredModule } from "../recompiler/validation/candidate.ts";
import { once, type Source } from "./read-once.ts";

/** The module made ready for tests: a process tests many shards, and runs, with one. */
export function loadMetered(source: Source, module: ArtifactRef): Promise<MeteredModule> {
  return once(source, `metered ${module}`, async () => {
    const bytes = await source.artifacts.get(module);
    return { value: meteredModule(bytes), bytes: bytes.length };
  });
}
