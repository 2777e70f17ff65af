/** Packs the examples' binaries: examples/<name>/manifest.json (big-endian) and examples/<name>/le/manifest.json. */

import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrincipalId } from "../shared/contracts/ids.ts";
import type { ProvenanceManifest } from "../shared/contracts/provenance-manifest.ts";
import { readInput, writePackage } from "../shared/local/submission-folder.ts";
import { type NamedBytes, pack } from "../shared/runs/pack.ts";
import { sha256 } from "../shared/stores/digest.ts";

const EXAMPLES = ["sha256", "dispatch", "uuid", "rays"] as const;
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
      const input = await readInput(binary, "binary");
      const packed = pack(
        {
          binary: input,
          config: await readInput(join(source, "config.json"), "config"),
          provenance: provenanceOf(name, input, compiler),
        },
        { requestedBy: PrincipalId.parse("examples"), toolVersion: "1" },
      );
      manifests.push(await writePackage(join(output, name, folder), packed));
    }
  }
  return manifests;
}

/** The examples' provenance: written here, compiled by Debian's cross compiler. */
function provenanceOf(name: string, { name: path, bytes }: NamedBytes, compiler: string): NamedBytes {
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
        path: basename(path),
        sha256: sha256(bytes),
        size: bytes.length,
        format: "elf32",
        role: "binary",
      },
    ],
    licence: "MIT",
  };
  return { name: "provenance.json", bytes: Buffer.from(JSON.stringify(provenance)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const manifest of await packExamples(fileURLToPath(new URL("../examples/", import.meta.url))))
    console.log(manifest);
}
