import * as z from "zod";
import { ArtifactRef, Sha256 } from "./ids.ts";
import { HexAddress } from "./program.ts";
import { ValidationRequirements } from "./validation-settings.ts";

const count = z.int().nonnegative();

/** Where reference and lifted code part: the first thing that differs. */
const difference = {
  what: z.string().describe("register, memory address, trap, system call or output that differs first"),
  expected: z.string().describe("what the reference gave"),
  found: z.string().describe("what the lifted code gave"),
};
export const Difference = z.strictObject(difference);
export type Difference = z.infer<typeof Difference>;

export const Disagreement = z.strictObject({
  input: z.string().describe("which entry state, and how to make it again"),
  ...difference,
  divergence: z
    .strictObject({ says: z.string(), report: ArtifactRef.describe("the DivergenceReport") })
    .optional()
    .describe(
      "where they first differ; of the first functions of a shard that differ, others are looked into on demand",
    ),
});

/** What the tests of one lifted function gave. */
export const TestRecord = z.strictObject({
  index: count,
  name: z.string(),
  address: HexAddress,
  status: z
    .enum(["tested", "disproven", "untested"])
    .describe(
      "tested: agreed with the oracle on every conclusive input, of which there was one; untested: there was none",
    ),
  captured_states: count.describe("conclusive inputs captured from runs of the program"),
  captured_ends: count.describe("those of them that came to a normal end: no trap"),
  random_states: count.describe("conclusive inputs that were made up"),
  random_ends: count.describe("those of them that came to a normal end"),
  inconclusive_states: count,
  instructions: count,
  instructions_run: count.describe("those that ran in conclusive inputs"),
  coverage: z.number().min(0).max(1).describe("share of its instructions that ran in conclusive inputs"),
  disagreement: Disagreement.optional(),
});
export type TestRecord = z.infer<typeof TestRecord>;
export const TestRecords = z.strictObject({ schema_version: z.literal(2), functions: z.array(TestRecord) });

const Output = z.strictObject({ bytes: count, sha256: Sha256 });

/** How a traced program ended. */
export const ProgramEnd = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("exit"),
    status: z.int().min(0).max(255),
    reason: z.enum(["exit", "signal", "closed_pipe", "deadlock"]),
  }),
  z.strictObject({ kind: z.literal("trap"), trap: z.string(), address: HexAddress, message: z.string() }),
  z.strictObject({ kind: z.literal("budget") }),
  z.strictObject({ kind: z.literal("written_code"), address: HexAddress, message: z.string() }),
  z.strictObject({
    kind: z.literal("forbidden_access"),
    address: HexAddress.describe("of the instruction"),
    accessed: HexAddress,
    access: z.enum(["read", "write"]),
    message: z.string(),
  }),
]);

/** One run of the program under the oracle: what it is compared with when the linked module runs it again. */
export const TracedRun = z.strictObject({
  args: z.array(z.string()).describe("the program's own name first"),
  stdin: z.string(),
  end: ProgramEnd,
  instructions: count,
  deepest: count.describe("calls that were under way at once, at most"),
  stdout: Output,
  stderr: Output,
  syscalls: z.strictObject({
    count,
    sha256: Sha256.describe("over all of them, as in `first`, a line each"),
    first: z.array(z.string()),
  }),
  functions: z
    .array(z.strictObject({ index: count, caller: count.optional().describe("who called it first") }))
    .describe("those that it reached, by their index"),
  code_flushes: z.array(z.string()).describe("cacheflush system calls: it says that it writes code, and where"),
});
export type TracedRun = z.infer<typeof TracedRun>;
export const TracedRuns = z
  .strictObject({ schema_version: z.literal(1), runs: z.array(TracedRun) })
  .describe("the config's runs as the oracle ran them");
export type TracedRuns = z.infer<typeof TracedRuns>;

/** A traced run beside the same run on the linked module, and beside the reference the config names. */
export const ComparedRun = z.strictObject({
  run: count.describe("position in validation.runs"),
  args: z.array(z.string()).describe("after the program's name"),
  end: z.string().describe("how the oracle's run ended"),
  instructions: count,
  syscalls: count,
  module: z
    .enum(["agrees", "differs", "unlifted", "not_compared"])
    .describe("the linked module beside the oracle: end, output, system calls"),
  reason: z.string().optional().describe("of what is not compared, or came to code that was not lifted"),
  unlifted_at: HexAddress.optional().describe("the instruction that was not lifted, or where the function starts"),
  difference: Difference.optional(),
  reference: z
    .strictObject({
      program: z.string(),
      outcome: z.enum(["agrees", "differs", "not_compared"]),
      reason: z.string().optional(),
      difference: Difference.optional(),
    })
    .optional()
    .describe("the oracle beside the program of validation.reference: end and output"),
});
export type ComparedRun = z.infer<typeof ComparedRun>;
export const ComparedRuns = z.strictObject({ schema_version: z.literal(1), runs: z.array(ComparedRun) });

/** A function that a run needs and that cannot run. */
export const Gap = z.strictObject({
  function: z.string(),
  address: HexAddress,
  reason: z.string(),
  run: count.optional().describe("the first run that reaches it; none: it is where every run begins"),
  path: z.array(z.string()).describe("from where the program begins to it, each by who called it first"),
});
export type Gap = z.infer<typeof Gap>;

export const ValidationTotals = z.strictObject({
  tested: count,
  disproven: count,
  untested: count,
  instructions: count.describe("of lifted functions"),
  instructions_run: count.describe("those that ran in conclusive inputs"),
});
export type ValidationTotals = z.infer<typeof ValidationTotals>;

/** The validation report: every test, every run, and what the gate decides on. */
export const ValidationReport = z
  .strictObject({
    schema_version: z.literal(2),
    verdict: z.enum(["passed", "failed"]),
    ...ValidationTotals.shape,
    require: ValidationRequirements.describe("what the config demanded"),
    shortfalls: z.array(z.string()).describe("why the verdict is failed"),
    gaps: z.array(Gap).describe("functions that runs need and that cannot run"),
    runs: z.array(ComparedRun),
    functions: z.array(TestRecord),
  })
  .meta({
    id: "ValidationReport",
    description: "How a module's functions and runs were tested, and what the gate made of it.",
  });
export type ValidationReport = z.infer<typeof ValidationReport>;
