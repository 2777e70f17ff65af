import * as z from "zod";

const text = z.string().min(1).max(1_024);

/** Where the inputs come from. No provenance, no run. */
export const ProvenanceManifest = z
  .strictObject({
    schema_version: z.literal(1),
    title: z.strictObject({
      name: text,
      title_id: text.optional(),
      version: text.optional(),
      region: text.optional(),
    }),
    collection: z.strictObject({
      device: text,
      collected_at: z.iso.datetime().optional(),
      tool: z.strictObject({ name: text, version: text }),
      notes: text.optional(),
    }),
    inputs: z
      .array(
        z.strictObject({
          path: text,
          sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected 64 lowercase hexadecimal digits (SHA-256)"),
          size: z.int().positive().describe("bytes"),
          format: text,
          role: z.enum(["binary", "symbols", "other"]),
        }),
      )
      .min(1),
    licence: text,
  })
  .meta({ id: "ProvenanceManifest", description: "The provenance manifest: title, collection, inputs, licence." });
export type ProvenanceManifest = z.infer<typeof ProvenanceManifest>;
