import * as z from "zod";
import { ArtifactRef } from "./ids.ts";
import { ModuleName } from "./module-manifest.ts";

export const HexAddress = z.string().regex(/^0x[0-9a-f]{8}$/, "expected 0x and eight lowercase hexadecimal digits");

/** What becomes of a function: `lift` it, replace it by a `stub`, or leave it out (`exclude`). */
export const Treatment = z.enum(["lift", "stub", "exclude"]);

export const PlannedFunction = z.strictObject({
  index: z.int().nonnegative(),
  name: z.string(),
  address: HexAddress,
  size: z.int().nonnegative().describe("bytes"),
  origin: z.enum(["symbol", "entry", "call", "pointer", "trace", "symbol_file", "config"]),
  treatment: Treatment,
  returns: z.int().optional().describe("what a stub returns in v0"),
});
export type PlannedFunction = z.infer<typeof PlannedFunction>;

export const ProgramLayout = z.strictObject({
  base: z.int().nonnegative(),
  initial_bytes: z.int().positive(),
  maximum_bytes: z.int().positive(),
  stack_bottom: z.int().nonnegative(),
  stack_top: z.int().nonnegative(),
  heap_start: z.int().nonnegative(),
});

/** The program as planned: its functions, in address order, and where its memory lies. */
export const ProgramPlan = z
  .strictObject({
    schema_version: z.literal(1),
    name: ModuleName,
    endianness: z.enum(["big", "little"]),
    entry: HexAddress,
    layout: ProgramLayout,
    functions: z.array(PlannedFunction),
  })
  .meta({ id: "ProgramPlan", description: "The functions found in a module and its memory layout." });
export type ProgramPlan = z.infer<typeof ProgramPlan>;

/** An instruction that cannot be lifted. */
export const Obstacle = z.strictObject({
  address: HexAddress,
  word: z.string().regex(/^[0-9a-f]{8}$/),
  instruction: z.string(),
  reason: z.string(),
});
export type Obstacle = z.infer<typeof Obstacle>;

/** What lifting one function gave. */
export const LiftRecord = z.strictObject({
  index: z.int().nonnegative(),
  name: z.string(),
  address: HexAddress,
  size: z.int().nonnegative().describe("bytes"),
  status: z.enum(["lifted", "not_lifted", "stubbed", "excluded"]),
  obstacle: Obstacle.optional().describe("why it was not lifted, none of it"),
  obstacles: z
    .array(Obstacle)
    .min(1)
    .optional()
    .describe("where lifted code traps because what stands there cannot be lifted; by address"),
  blocks: z.int().nonnegative(),
  instructions: z.int().nonnegative(),
  wasm_bytes: z.int().nonnegative(),
  indirect_jumps: z.int().nonnegative().describe("jumps through a register that no jump table explains"),
});
export type LiftRecord = z.infer<typeof LiftRecord>;
export const LiftRecords = z.strictObject({ schema_version: z.literal(1), functions: z.array(LiftRecord) });

/** Where a file of a bundle lies in the bundle's folder: never outside it. */
const BundlePath = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_.-]*(\/[a-z0-9_][a-z0-9_.-]*)*$/, "expected a path below the bundle, such as module.wasm");

/** What every version's index has. */
const bundleIndex = {
  kind: z.literal("restep.bundle"),
  name: ModuleName,
  module_manifest: ArtifactRef,
  config_manifest: ArtifactRef,
  provenance_manifest: ArtifactRef,
  endianness: z.enum(["big", "little"]),
  entry: HexAddress,
  layout: ProgramLayout,
  files: z.array(
    z.strictObject({
      path: BundlePath,
      role: z.enum(["module", "functions", "validation"]),
      artifact: ArtifactRef,
      size: z.int().nonnegative().describe("bytes"),
    }),
  ),
};
const count = z.int().nonnegative();

/** The index of a bundle. Its canonical JSON is an artifact; that artifact's hash is the bundle's hash. */
export const BundleIndex = z
  .strictObject({
    schema_version: z.literal(2),
    ...bundleIndex,
    functions: z.strictObject({ found: count, lifted: count, tested: count }),
  })
  .meta({ id: "BundleIndex", description: "What a run publishes." });
export type BundleIndex = z.infer<typeof BundleIndex>;

/** As releases up to 0.1.0 wrote it: what they called `proven` were functions that no conclusive input had shown to differ. */
const FirstBundleIndex = z.strictObject({
  schema_version: z.literal(1),
  ...bundleIndex,
  functions: z.strictObject({ found: count, lifted: count, proven: count }),
});

/** The index of a bundle that any version has written. */
export const StoredBundleIndex = z.discriminatedUnion("schema_version", [BundleIndex, FirstBundleIndex]);
export type StoredBundleIndex = z.infer<typeof StoredBundleIndex>;

const RegisterJump = z.union([
  z.strictObject({ jump: HexAddress, target: HexAddress }),
  z.strictObject({ jump: HexAddress, returns: z.literal(true).describe("it goes where ra led on entry") }),
  z.strictObject({
    jump: HexAddress,
    table: HexAddress.describe("of the first entry"),
    entries: z.array(HexAddress).describe("targets, by index"),
  }),
]);

export const RegisterJumps = z
  .strictObject({
    schema_version: z.literal(1),
    functions: z.array(
      z.strictObject({
        index: z.int().nonnegative(),
        jumps: z.array(RegisterJump).describe("those that can be told; of the function's others nothing is known"),
      }),
    ),
  })
  .describe(
    "where the jumps through registers of a shard's functions lead, as planning found; a function not listed is looked at again",
  );
export type RegisterJumps = z.infer<typeof RegisterJumps>;
