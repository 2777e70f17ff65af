import * as z from "zod";
import { RunConfig } from "./run-config.ts";
import { ValidationSettings } from "./validation-settings.ts";

const Address = z.string().regex(/^0x[0-9a-f]{1,8}$/, "expected an address such as 0x00400120 (lowercase)");

/** Names a function: its symbol name, a pattern with `*`, or its address. */
const FunctionSelector = z.string().min(1).max(256);

/** How to recompile. Every field has a default, so `{"schema_version":1}` is a complete config. */
export const ConfigManifest = z
  .strictObject({
    schema_version: z.literal(1).meta({ description: "of this document", examples: [1] }),
    goal: z
      .literal("recompile")
      .default("recompile")
      .meta({ description: "what the run makes", examples: ["recompile"] }),
    include: z
      .array(FunctionSelector)
      .default(["*"])
      .meta({
        description: "functions to lift: names, patterns with *, addresses",
        examples: [["main", "draw_*", "0x00400120"]],
      }),
    exclude: z
      .array(FunctionSelector)
      .default([])
      .meta({ description: "functions to leave out; wins over include", examples: [["draw_logo"]] }),
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
      .meta({
        description: "functions replaced by one that only returns this value in v0",
        examples: [[{ function: "debug_print", returns: 0 }]],
      }),
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
      .meta({
        description: "bytes written over the image before anything reads it",
        examples: [[{ address: "0x00400200", bytes: "00000000" }]],
      }),
    functions: z
      .array(
        z.strictObject({
          address: Address.describe("of its first instruction"),
          name: z.string().min(1).max(256).optional().describe("default: as the file or its address has it"),
          size: z
            .int()
            .min(4)
            .multipleOf(4)
            .max(2 ** 28)
            .optional()
            .describe("in bytes; default: as its code is found to go on"),
        }),
      )
      // Left out where it names none: a config that was packed before there was this key packs to the same bytes.
      .optional()
      .meta({
        description: "functions that are not found, or found with another name or size",
        examples: [[{ name: "decode", address: "0x00401200", size: 88 }]],
      }),
    jump_tables: z
      .array(
        z.strictObject({
          jump: Address.describe("of the jr that jumps through the table"),
          address: Address.describe("of the table's first entry"),
          entries: z.array(Address).min(1).max(65_536).describe("where each entry leads, in order"),
        }),
      )
      .default([])
      .meta({
        description: "jump tables that recovery does not find, by the address of their jr",
        examples: [[{ jump: "0x004013e8", address: "0x00404000", entries: ["0x004012a0", "0x004012c4"] }]],
      }),
    validation: ValidationSettings.prefault({}).describe("how lifted functions are compared with the oracle"),
    functions_per_shard: z
      .int()
      .min(1)
      .max(4_096)
      .default(64)
      .meta({ description: "how many functions one attempt lifts or tests", examples: [128] }),
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
