/** Packs the examples' binaries: examples/<name>/manifest.json (big-endian) and examples/<name>/le/manifest.json. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrincipalId } from "../shared/contracts/ids.ts";
import type { ProvenanceManifest } from "../shared/contracts/provenance-manifest.ts";
import { pack } from "../shared/runs/pack.ts";
import { writePackage } from "../shared/runs/package-folder.ts";
import { sha256 } from "../shared/stores/digest.ts";

const EXAMPLES = ["sha256", "dispatch"] as const;
const VARIANTS = [
  { suffix: "be", compiler: "mips-linux-gnu-gcc", folder: "" },
  { suffix: "le", compiler: "mipsel-linux-gnu-gcc", folder: "le" },
] as const;

/** @param output folder that gets `<name>/` and `<name>/le/` */
export async function packExamples(output: string): Promise<string[]> {
  const manifests: string[] = [];
  for (const name of EXAMPLES) {
    for (const { suffix, compiler, folder } of VARIANTS) {
      const source = fileURLToPath(new URL(`../examples/${name}/`, import.meta.url));
      const binary = join(source, `${name}-${suffix}.elf`);
      const packed = await pack(binary, {
        configPath: join(source, "config.json"),
        provenancePath: writeProvenance(name, binary, compiler),
        requestedBy: PrincipalId.parse("examples"),
        toolVersion: "1",
      });
      manifests.push(await writePackage(join(output, name, folder), packed));
    }
  }
  return manifests;
}

/** The examples' provenance: written here, compiled by Debian's cross compiler. */
function writeProvenance(name: string, binary: string, compiler: string): string {
  const bytes = readFileSync(binary);
  const provenance: ProvenanceManifest = {
    schema_version: 1,
    title: { name },
    collection: {
      device: "compiled from the sources beside the binary",
      tool: { name: compiler, version: "12.2.0" },
      notes: "scripts/build-examples.ts makes the same bytes again",
    },
    inputs: [
      {
        path: binary.slice(binary.lastIndexOf("/") + 1),
        sha256: sha256(bytes),
        size: bytes.length,
        format: "elf32",
        role: "binary",
      },
    ],
    licence: "MIT",
  };
  const folder = mkdtempSync(join(tmpdir(), "restep-provenance-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "provenance.json");
  writeFileSync(path, JSON.stringify(provenance));
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const manifest of await packExamples(fileURLToPath(new URL("../examples/", import.meta.url))))
    console.log(manifest);
}
