import * as z from "zod";
import { HexAddress } from "./program.ts";

const Place = z.strictObject({
  address: HexAddress,
  place: z.string().describe("the same as a place in a function: `main+0x1c`"),
  instruction: z.string(),
});
export type Place = z.infer<typeof Place>;

const PastPlace = z.strictObject({
  ...Place.shape,
  step: z
    .int()
    .positive()
    .describe("which instruction it was since the function was entered, callees included, from 1"),
});
export type PastPlace = z.infer<typeof PastPlace>;

/** By name; of the floating-point unit only what holds something. */
const Registers = z.record(z.string(), HexAddress);

const FunctionPlace = z.strictObject({ name: z.string(), address: HexAddress });

const WrittenBy = PastPlace.optional().describe("none: nothing in the call has written it");

const common = {
  schema_version: z.literal(1),
  function: FunctionPlace.describe("whose tests differ from the oracle"),
  input: z.string().describe("which entry state, and how to make it again"),
};

/** Where a function that its tests have disproven begins to differ from the oracle. */
export const DivergenceReport = z
  .discriminatedUnion("kind", [
    z
      .strictObject({
        ...common,
        kind: z.literal("instruction"),
        at: PastPlace.describe("the first instruction after which they differ"),
        what: z.string().describe("a register, `memory 0x...` or `control`"),
        expected: z.string(),
        found: z.string(),
        last_writer: WrittenBy.describe("of what differs, before"),
        reads: z.array(z.strictObject({ register: z.string(), value: HexAddress, written_by: WrittenBy })),
        memory: z
          .array(z.strictObject({ address: HexAddress, written_by: WrittenBy }))
          .describe("words that the oracle read or wrote there"),
        before: Registers.describe("the same on both sides"),
        expected_after: Registers.optional(),
        found_after: Registers.optional(),
        calls: z.array(Place).describe("under way, the outermost first"),
        trail: z.array(PastPlace).describe("the last instructions, up to this one"),
      })
      .describe("what is made of the instruction is wrong"),
    z
      .strictObject({ ...common, kind: z.literal("pass"), pass: z.string(), position: z.int(), in: FunctionPlace })
      .describe("instruction by instruction it is right; the pass over the IR breaks it"),
    z
      .strictObject({ ...common, kind: z.literal("emission"), in: FunctionPlace })
      .describe("instruction by instruction it is right, and no pass that may be left out breaks it"),
    z
      .strictObject({ ...common, kind: z.literal("module"), functions: z.array(FunctionPlace) })
      .describe("what this version lifts is right; the module holds other code of these functions"),
    z
      .strictObject({ ...common, kind: z.literal("too_long"), instructions: z.int() })
      .describe("more instructions than are followed while a run is carried out"),
  ])
  .meta({ id: "DivergenceReport", description: "Where a function begins to differ from the oracle." });
export type DivergenceReport = z.infer<typeof DivergenceReport>;
