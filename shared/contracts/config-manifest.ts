import * as z from "zod";
import { RunConfig } from "./run-config.ts";
import { ValidationSettings } from "./validation-settings.ts";

const Address = z.string().regex(/^0x[0-9a-f]{1,8}$/, "expected an address such as 0x00400120 (lowercase)");

/** Names a function: its symbol name, a pattern with `*`, or its address. */
const FunctionSelector = z.string().min(1).max(256);

/** How to recompile. Every field has a default, so `{"schema_version":1}` is a complete config. */
export const ConfigManifest = z
  .strictObject({
    schema_version: z.literal(1).describe("of this document"),
    goal: z.literal("recompile").default("recompile").describe("what the run makes"),
    include: z.array(FunctionSelector).default(["*"]).describe("functions to lift: names, patterns with *, addresses"),
    exclude: z.array(FunctionSelector).default([]).describe("functions to leave out; wins over include"),
    stubs: z
      .array(
        z.strictObject({
          function: FunctionSelector.describe("its name, a pattern with *, or its address"),
          returns: z
            .int()
            .min(-(2 ** 31))
            .max(2 ** 32 - 1)
            .default(0)
            .describe("what v0 holds then"),
        }),
      )
      .default([])
      .describe("functions replaced by one that only returns this value in v0"),
    patches: z
      .array(
        z.strictObject({
          address: Address.describe("where the first byte goes, as the program is loaded"),
          bytes: z
            .string()
            .regex(/^([0-9a-f]{2})+$/, "expected hex bytes")
            .describe("in hex, two digits each"),
        }),
      )
      .default([])
      .describe("bytes written over the image before anything reads it"),
    jump_tables: z
      .array(
        z.strictObject({
          jump: Address.describe("of the jr that jumps through the table"),
          address: Address.describe("of the table's first entry"),
          entries: z.array(Address).min(1).max(65_536).describe("where each entry leads, in order"),
        }),
      )
      .default([])
      .describe("jump tables that recovery does not find, by the address of their jr"),
    validation: ValidationSettings.prefault({}).describe("how lifted functions are compared with the oracle"),
    functions_per_shard: z
      .int()
      .min(1)
      .max(4_096)
      .default(64)
      .describe("how many functions one attempt lifts or tests"),
    run: RunConfig.prefault({}).describe("what the run may do, and what it must record"),
  })
  .superRefine(({ validation, run }, context) => {
    const program = validation.reference?.program;
    if (program === undefined || run.exec.allow.some(({ name }) => name === program)) return;
    const allowed = run.exec.allow.map(({ name }) => name).join(", ") || "none";
    const message = `expected the name of a program of run.exec.allow (${allowed})`;
    context.addIssue({ code: "custom", path: ["validation", "reference", "program"], message });
  })
  .meta({ id: "ConfigManifest", description: "The config manifest: what to lift and how to test it." });
export type ConfigManifest = z.infer<typeof ConfigManifest>;
