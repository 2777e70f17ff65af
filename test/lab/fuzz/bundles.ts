/** Bundle folders by hand: a module and the index that names it. */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BundleIndex } from "../../../shared/contracts/program.ts";

export const ENTRY = 0x400000;

export const LAYOUT = {
  base: 0x400000,
  initial_bytes: 0x20000,
  maximum_bytes: 0x4000000,
  stack_bottom: 0x410000,
  stack_top: 0x420000,
  heap_start: 0x420000,
};

const NO_ARTIFACT = `artifact://${"0".repeat(64)}` as const;

/** The index of a bundle of one module. */
export function indexOf(module: Uint8Array, name = "program"): BundleIndex {
  const artifact = `artifact://${createHash("sha256").update(module).digest("hex")}` as BundleIndex["module_manifest"];
  return {
    schema_version: 2,
    kind: "restep.bundle",
    name,
    module_manifest: NO_ARTIFACT as BundleIndex["module_manifest"],
    config_manifest: NO_ARTIFACT as BundleIndex["module_manifest"],
    provenance_manifest: NO_ARTIFACT as BundleIndex["module_manifest"],
    endianness: "big",
    entry: `0x${ENTRY.toString(16).padStart(8, "0")}`,
    layout: LAYOUT,
    functions: { found: 1, lifted: 1, tested: 0 },
    files: [{ path: "module.wasm", role: "module", artifact, size: module.length }],
  };
}

/** Writes the folder that `restep exec` takes. */
export function writeBundle(folder: string, module: Uint8Array, index: object = indexOf(module)): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "module.wasm"), module);
  writeFileSync(join(folder, "bundle.json"), JSON.stringify(index));
}
