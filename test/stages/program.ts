import { createHash } from "node:crypto";
import type { ArtifactRef } from "../../shared/contracts/ids.ts";
import { ProvenanceManifest } from "../../shared/contracts/provenance-manifest.ts";
import type { Submission } from "../../shared/contracts/submission.ts";
import { getDocument, putDocument } from "../../shared/kernel/documents.ts";
import type { Endianness } from "../../shared/recompiler/machine.ts";
import type { StageName } from "../../shared/stages/declarations.ts";
import { RECOMPILE } from "../../shared/stages/flows.ts";
import { STAGES } from "../../shared/stages/implementations.ts";
import { createTestRun, type TestRun } from "../kernel/support.ts";
import { buildElf } from "../recompiler/elf/build-elf.ts";
import type { Line } from "../recompiler/lift/support/assemble.ts";
import { program as assembled, CODE, MEMORY } from "../recompiler/lift/support/guest.ts";
import { submission as ofExample, putExample } from "./example.ts";

/** A program as a run finds it: an ELF file made of a few lines, carried through the stages as the kernel does it. */

/** `exit(v0)` of Linux. */
export const EXIT: readonly Line[] = [
  ["addu", "a0", "v0", "zero"],
  ["addiu", "v0", "zero", 4001],
  ["syscall", 0],
];
export const RETURN: readonly Line[] = [["jr", "ra"], ["nop"]];
export const returning = (value: number): Line[] => [
  ["jr", "ra"],
  ["addiu", "v0", "zero", value],
];
export const call = (name: string): Line[] => [["jal", `.${name}`], ["nop"]];

export interface ProgramSource {
  readonly endianness?: Endianness;
  /** By name, in the order of their addresses. */
  readonly functions: Readonly<Record<string, readonly Line[]>>;
  /** The functions that the file names. Default: all. */
  readonly named?: readonly string[];
  /** Words at `MEMORY`; may depend on where a function is. */
  readonly words?: (addressOf: (name: string) => number) => readonly number[];
}

export interface BuiltProgram {
  readonly bytes: Uint8Array;
  /** The text of a symbol file for it. */
  readonly symbols?: string;
  readonly endianness: Endianness;
  addressOf(name: string): number;
}

export function buildProgram({ endianness = "big", functions, named, words }: ProgramSource): BuiltProgram {
  const { image, functions: found } = assembled(functions, { endianness });
  const code = image.segments[0]!.bytes;
  const view = new DataView(code.buffer);
  const addressOf = (name: string) => found.find((each) => each.name === name)!.address;
  const isLittle = endianness === "little";
  const codeWords = Array.from({ length: code.length / 4 }, (_, at) => view.getUint32(4 * at, isLittle));
  const { bytes } = buildElf({
    endianness,
    entry: CODE,
    segments: [
      { address: CODE, words: codeWords, flags: 5 },
      { address: MEMORY, words: words?.(addressOf) ?? [0], memorySize: 0x100, flags: 6 },
    ],
    sections: [{ address: CODE, size: code.length, flags: 6 }],
    symbols: found
      .filter(({ name }) => named === undefined || named.includes(name))
      .map(({ name, address, size }) => ({ name, value: address, size })),
  });
  return { bytes, endianness, addressOf };
}

/** A run of a program; each stage is attempted as the state machine asks for it. */
export interface ProgramRun {
  readonly run: TestRun;
  readonly submission: Submission;
  attempt<T>(stage: StageName, input: object, call?: object): Promise<T>;
  document<T>(ref: ArtifactRef): Promise<T>;
}

/** @param config of the config manifest, without its version */
export async function runOf({ bytes, endianness, symbols }: BuiltProgram, config: object = {}): Promise<ProgramRun> {
  const run = await createTestRun({ begun: [], flow: RECOMPILE });
  const { artifacts } = run.stores;
  await putExample(artifacts);
  const told = await getDocument(artifacts, ofExample.provenance_manifest, ProvenanceManifest, "provenance");
  const files = [
    { role: "binary", path: "small.elf", format: "elf32", bytes },
    ...(symbols === undefined
      ? []
      : [{ role: "symbols", path: "small.txt", format: "text", bytes: Buffer.from(symbols) }]),
  ];
  const stored = files.map(async ({ role, bytes }) => [
    role,
    { artifact: await artifacts.put("other", bytes), size: bytes.length },
  ]);
  const submission: Submission = {
    ...ofExample,
    module_manifest: await putDocument(artifacts, "manifest", {
      schema_version: 1,
      name: "small",
      format: "elf32",
      isa: "mips32",
      endianness,
      ...Object.fromEntries(await Promise.all(stored)),
    }),
    config_manifest: await putDocument(artifacts, "manifest", { schema_version: 1, ...config }),
    provenance_manifest: await putDocument(artifacts, "manifest", {
      ...told,
      inputs: files.map(({ bytes, ...file }) => {
        return { ...file, sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
      }),
    }),
  };
  const attempt = <T>(stage: StageName, input: object, change: object = {}) =>
    run.attempt(STAGES[stage], input, { config: submission.config_manifest, ...change }) as Promise<T>;
  await attempt("intake", { submission });
  return { run, submission, attempt, document: <T>(ref: ArtifactRef) => run.document(ref) as Promise<T> };
}

export interface Planned {
  readonly program: ArtifactRef;
  readonly functions: number;
  readonly shards: readonly { readonly shard: number; readonly captures: ArtifactRef; readonly jumps?: ArtifactRef }[];
  readonly runs: ArtifactRef;
  readonly max_concurrency: number;
}
export interface Lifted {
  readonly shard: number;
  readonly module: ArtifactRef;
  readonly report: ArtifactRef;
  readonly lifted: number;
  readonly not_lifted: number;
}
export type Linked = Omit<Lifted, "shard">;
export interface Validated {
  readonly shard: number;
  readonly report: ArtifactRef;
}

export interface Compared {
  readonly report: ArtifactRef;
  readonly agreeing: number;
  readonly differing: number;
}
export interface Gated {
  readonly verdict: string;
  readonly report: ArtifactRef;
  readonly tested: number;
  readonly gaps: number;
}

export const plan = ({ attempt, submission }: ProgramRun) => attempt<Planned>("plan", { submission });

export function lift({ attempt, submission }: ProgramRun, { program, shards }: Planned): Promise<Lifted[]> {
  return inOrder(shards, (shard) => attempt<Lifted>("lift", { submission, program, shard }, { shard: shard.shard }));
}

export const link = ({ attempt, submission }: ProgramRun, { program }: Planned, shards: readonly Lifted[]) =>
  attempt<Linked>("link", { submission, program, shards });

export function validate({ attempt, submission }: ProgramRun, { program, shards }: Planned, linked: Linked) {
  const { module, report } = linked;
  return inOrder(shards, (shard) =>
    attempt<Validated>("validate", { submission, program, module, report, shard }, { shard: shard.shard }),
  );
}

/** The program's runs on the linked module. */
export const compareRuns = ({ attempt, submission }: ProgramRun, { program, runs }: Planned, { module }: Linked) =>
  attempt<Compared>("compare_runs", { submission, program, module, runs });

/** The gate, after everything that it decides on. */
export async function gate(of: ProgramRun, planned: Planned, linked: Linked): Promise<Gated> {
  const { program, runs } = planned;
  const shards = await validate(of, planned, linked);
  const compared = await compareRuns(of, planned, linked);
  const { submission } = of;
  return of.attempt<Gated>("validation_gate", { submission, program, report: linked.report, runs, compared, shards });
}

async function inOrder<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}
