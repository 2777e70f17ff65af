import * as z from "zod";

/** One run of the program under the oracle, from which entry states are captured. */
export const ProgramRun = z.strictObject({
  args: z.array(z.string()).default([]).describe("arguments after the program's name"),
  stdin: z.string().default("").describe("standard input, as UTF-8 text"),
});

/** What the validation gate demands besides that nothing differs. */
export const ValidationRequirements = z.strictObject({
  conclusive: z
    .enum(["every", "reached", "none"])
    .default("every")
    .meta({
      description:
        "lifted functions that need a conclusive input that a run was in, or that came to a normal end: every one, or those that runs reach",
      examples: ["reached"],
    }),
  captured: z
    .boolean()
    .optional()
    .meta({
      description:
        "whether each lifted function that a run reaches needs a conclusive input captured from a run; where left out: yes, unless captured_states is 0",
      examples: [false],
    }),
  coverage: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .meta({
      description: "least share of the instructions of all lifted functions that conclusive inputs ran",
      examples: [0.8],
    }),
});
export type ValidationRequirements = z.infer<typeof ValidationRequirements>;

/** Another implementation of the machine, foreign to this one: oracle and lifter can be wrong together. */
const ReferenceProgram = z.strictObject({
  program: z
    .string()
    .min(1)
    .max(63)
    .meta({ description: "its name in run.exec.allow, such as that of qemu-mipsel", examples: ["qemu"] }),
  args: z
    .array(z.string())
    .max(64)
    .default([])
    .meta({ description: "arguments before the file to run", examples: [["-cpu", "24Kf"]] }),
});

export const ValidationSettings = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(0xffff_ffff)
    .default(0)
    .meta({ description: "of the random entry states: another gives others", examples: [7] }),
  random_states: z
    .int()
    .min(0)
    .max(10_000)
    .default(64)
    .meta({ description: "seeded random entry states for each function", examples: [256] }),
  captured_states: z
    .int()
    .min(0)
    .max(1_000)
    .default(8)
    .meta({ description: "entry states captured for each function, at most", examples: [16] }),
  max_instructions: z
    .int()
    .min(1)
    .max(10_000_000_000)
    .default(50_000_000)
    .meta({ description: "budget of one oracle run of the whole program", examples: [200_000_000] }),
  runs: z
    .array(ProgramRun)
    .max(64)
    .default([{ args: [], stdin: "" }])
    .meta({
      description:
        "runs of the program under the oracle: entry states are captured, and the linked module must do the same",
      examples: [[{ args: ["3 4 +"], stdin: "" }]],
    }),
  require: ValidationRequirements.optional().describe("what the gate demands besides that nothing differs"),
  allow_gaps: z
    .boolean()
    .optional()
    .meta({
      description:
        "whether functions that runs reach may be missing: the run then ends as incomplete; no where left out",
      examples: [true],
    }),
  reference: ReferenceProgram.optional().describe("a program that runs each of the runs too, and must do the same"),
});
/** What the gate demands of a run, also where its config says nothing of it. */
export function requirementsOf({ require = {} }: { readonly require?: unknown }): ValidationRequirements {
  return ValidationRequirements.parse(require);
}
