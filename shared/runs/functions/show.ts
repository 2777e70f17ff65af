import type { LiftRecord, PlannedFunction } from "../../contracts/program.ts";
import type { TestRecord } from "../../contracts/validation.ts";
import { machineUseOf } from "../../recompiler/lift/use.ts";
import { addressNames, functionHolding } from "../../recompiler/listing/assembly.ts";
import { Interfaces } from "../../recompiler/listing/interface/interface.ts";
import { type InterfaceWords, interfaceWords } from "../../recompiler/listing/interface/words.ts";
import { type FunctionListing, listFunction } from "../../recompiler/listing/listing.ts";
import { type FunctionReference, referencesOf, referencesTo } from "../../recompiler/listing/references.ts";
import { A0, A1, A2, A3, hex, RA, SP } from "../../recompiler/machine.ts";
import type { Capture } from "../../recompiler/oracle/capture.ts";
import { decodeCaptures } from "../../recompiler/oracle/captures.ts";
import type { ControlFlowGraph, GuestFunction } from "../../recompiler/program.ts";
import { REGISTER_NAMES } from "../../recompiler/register-file.ts";
import { SYSCALLS } from "../../recompiler/runtime/syscalls/table.ts";
import { loadPlannedProgram, type PlannedProgram } from "../../stages/manifests.ts";
import type { ArtifactReader } from "../../stores/ports.ts";
import type { FunctionDocuments } from "./documents.ts";
import { findFunction } from "./find-function.ts";
import { graphsOf, shardOf } from "./graph.ts";
import { type FunctionRow, functionRows } from "./list.ts";

/** Another function, and the instructions that lead to it or from it. */
export interface FunctionLink {
  readonly function: string;
  /** Of where they lead, or of the function they stand in. */
  readonly address: string;
  readonly kind: "call" | "jump";
  readonly at: readonly string[];
}

/** A state that a run of the program was in when it called the function. */
export interface CapturedInput {
  /** As reports name it: `captured state <index>`. */
  readonly index: number;
  /** Which call of the function it was, from 1. */
  readonly call: number;
  readonly instructions: number;
  readonly end: Capture["end"];
  /** The argument registers, the stack pointer and the return address. */
  readonly registers: Readonly<Record<string, string>>;
  readonly system_calls: readonly string[];
}

/** What a call of a function reads, writes and leaves as it was, as far as its code and that of all that it calls tell. */
export interface CallInterface extends InterfaceWords {
  /** Calls and jumps whose targets cannot be told: of these it is assumed that they keep to the calling convention. */
  readonly assumed: readonly { readonly function: string; readonly at: string; readonly kind: "call" | "jump" }[];
}

/** All that a run knows of one function. */
export interface FunctionView extends FunctionRow {
  readonly run_id: string;
  readonly program: string;
  readonly treatment: PlannedFunction["treatment"];
  readonly callers: readonly FunctionLink[];
  readonly callees: readonly FunctionLink[];
  /** For each run that reaches it, who called it first; null where that was nobody. */
  readonly first_called_by: Readonly<Record<number, string | null>>;
  readonly lift?: LiftRecord;
  readonly test?: TestRecord;
  readonly interface: CallInterface;
  readonly captured_inputs: readonly CapturedInput[];
  readonly listing: FunctionListing;
}

/**
 * @param name of the function, or an address in it
 * @throws InvalidInputError for what names none
 */
export async function showFunction(
  artifacts: ArtifactReader,
  documents: FunctionDocuments,
  name: string,
  { passesUntil }: { readonly passesUntil?: number } = {},
): Promise<FunctionView> {
  const { submission, program, plan, lifted, tested, traced } = documents;
  const wanted = findFunction(plan.functions, name);
  const loaded = await loadPlannedProgram({ artifacts, cache: new Map() }, { submission, program });
  const { image, layout, functions } = loaded;
  const fn = functions[wanted.index]!;
  const shard = shardOf(documents, loaded, wanted.index);
  const graphs = await graphsOf(artifacts, documents, loaded);
  const module = documents.module === undefined ? undefined : await artifacts.get(documents.module);
  const captures = shard === undefined ? [] : decodeCaptures(await artifacts.get(shard.captures));
  const nameOf = addressNames(functions);
  const link = (reference: FunctionReference, address: number): FunctionLink => ({
    function: nameOf(address) ?? "no function",
    address: hex(address),
    kind: reference.kind,
    at: reference.at.map(hex),
  });
  const [lift, test] = [lifted.get(wanted.index), tested.get(wanted.index)];
  return {
    run_id: submission.run_id,
    program: plan.name,
    ...functionRows(documents)[wanted.index]!,
    treatment: wanted.treatment,
    callers: referencesTo(image, functions, fn)
      .filter(({ from, kind }) => kind === "call" || from !== fn)
      .map((each) => link(each, each.from.address)),
    callees: referencesOf(image, fn).map((each) => link(each, each.target)),
    first_called_by: Object.fromEntries(
      traced.runs.flatMap(({ functions: reached }, run) =>
        reached
          .filter(({ index }) => index === wanted.index)
          .map(({ caller }) => [run, caller === undefined ? null : (plan.functions[caller]?.name ?? null)]),
      ),
    ),
    ...(lift === undefined ? {} : { lift }),
    ...(test === undefined ? {} : { test }),
    interface: callInterface(loaded, graphs, fn),
    captured_inputs: captures
      .filter(({ address }) => address === fn.address)
      .sort((a, b) => a.call - b.call)
      .map(inputOf),
    listing: listFunction({
      image,
      layout,
      functions,
      graph: graphs(wanted.index),
      ...(module && { module }),
      ...(passesUntil !== undefined && { passesUntil }),
    }),
  };
}

function callInterface(
  { image, functions }: PlannedProgram,
  graphs: (index: number) => ControlFlowGraph,
  { address }: GuestFunction,
): CallInterface {
  const indexes = new Map(functions.map((each) => [each.address, each.index]));
  const graphAt = (at: number) => {
    const index = indexes.get(at);
    return index === undefined ? undefined : graphs(index);
  };
  const found = new Interfaces(image, graphAt).of(address);
  const assumed = found.unknownCalls.map(({ at, kind }) => {
    const holder = functionHolding(functions, at);
    return { function: holder?.name ?? "no function", at: hex(at), kind };
  });
  return { ...interfaceWords(found, machineUseOf(image, functions).float !== undefined), assumed };
}

const SHOWN_REGISTERS = [A0, A1, A2, A3, SP, RA];

function inputOf({ call, instructions, end, registers, syscalls }: Capture, index: number): CapturedInput {
  return {
    index,
    call,
    instructions,
    end,
    registers: Object.fromEntries(SHOWN_REGISTERS.map((slot) => [REGISTER_NAMES[slot]!, hex(registers[slot]!)])),
    system_calls: syscalls.map(({ number }) => SYSCALLS.get(number)?.name ?? String(number)),
  };
}
