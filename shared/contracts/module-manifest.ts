import * as z from "zod";
import { ArtifactRef } from "./ids.ts";

const Blob = z.strictObject({ artifact: ArtifactRef, size: z.int().positive().describe("bytes") });

/**
 * What a module is called: letters, digits, blanks and what file names have besides. It is shown on terminals and is the first of
 * the program's arguments, so it is no path, no assignment, and holds nothing that a terminal obeys.
 */
export const ModuleName = z
  .string()
  .max(128)
  .regex(
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N} _.,+!&'()[\]@#~-]*$/u,
    "expected a name: a letter, digit or _, then letters, digits, blanks and any of _ . , + - ! & ' ( ) [ ] @ # ~",
  );

/** The binary to recompile: what it is and where its bytes are. */
export const ModuleManifest = z
  .strictObject({
    schema_version: z.literal(1),
    name: ModuleName,
    format: z.literal("elf32"),
    isa: z.literal("mips32"),
    endianness: z.enum(["big", "little"]),
    binary: Blob,
    symbols: Blob.optional().describe("a symbol file, which names functions of the binary"),
  })
  .meta({ id: "ModuleManifest", description: "The module manifest: the binary and its format." });
export type ModuleManifest = z.infer<typeof ModuleManifest>;

/** What a file is to a module, by its name in the manifest; provenance calls it the same. */
export const MODULE_FILES = ["binary", "symbols"] as const;

/** The files that a module manifest names. */
export function filesOf(manifest: ModuleManifest) {
  return MODULE_FILES.flatMap((role) => {
    const file = manifest[role];
    return file === undefined ? [] : [{ role, ...file }];
  });
}
