import * as z from "zod";
import { ArtifactRef } from "./ids.ts";

const Blob = z.strictObject({ artifact: ArtifactRef, size: z.int().positive().describe("bytes") });

/** The binary to recompile: what it is and where its bytes are. */
export const ModuleManifest = z
  .strictObject({
    schema_version: z.literal(1),
    name: z.string().min(1).max(128),
    format: z.literal("elf32"),
    isa: z.literal("mips32"),
    endianness: z.enum(["big", "little"]),
    binary: Blob,
  })
  .meta({ id: "ModuleManifest", description: "The module manifest: the binary and its format." });
export type ModuleManifest = z.infer<typeof ModuleManifest>;
