import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import type { BundleIndex } from "../../shared/contracts/program.ts";
import { putDocument } from "../../shared/kernel/documents.ts";
import type { ArtifactStore } from "../../shared/stores/ports.ts";
import { ref, started, through } from "../kernel/run/events.ts";

/** A run that is about to publish: all that stands before it has completed. */
export const BEFORE_PUBLISH = [
  started(["intake", "plan", "package", "verify_artifacts", "publish", "attest", "complete"]),
  ...through("intake", "plan", "package", "verify_artifacts"),
];

export interface Bundle {
  readonly bundle: ArtifactRef;
  readonly index: BundleIndex;
}

/** A bundle of three small files. */
export async function putBundle(artifacts: ArtifactStore, name = "demo"): Promise<Bundle> {
  const file = async (path: string, role: BundleIndex["files"][number]["role"], bytes: Uint8Array) => ({
    path,
    role,
    artifact: await artifacts.put("output", bytes),
    size: bytes.length,
  });
  const text = (value: string) => new TextEncoder().encode(value);
  const index: BundleIndex = {
    schema_version: 2,
    kind: "restep.bundle",
    name,
    module_manifest: ref(1) as ArtifactRef,
    config_manifest: ref(2) as ArtifactRef,
    provenance_manifest: ref(3) as ArtifactRef,
    endianness: "big",
    entry: "0x00400000",
    layout: {
      base: 0,
      initial_bytes: 65_536,
      maximum_bytes: 65_536,
      stack_bottom: 0,
      stack_top: 4_096,
      heap_start: 8_192,
    },
    functions: { found: 2, lifted: 2, tested: 2 },
    files: [
      await file("functions.json", "functions", text('{"functions":[]}')),
      await file("module.wasm", "module", Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
      await file("validation.json", "validation", text('{"verdict":"passed"}')),
    ],
  };
  return { bundle: await putDocument(artifacts, "output", index), index };
}
