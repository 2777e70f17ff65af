/** What the interpreters are asked to run. The definitions are JSONPath, which both of them speak. */

import { isDeepStrictEqual } from "node:util";
import type { StateDefinition, StateMachineDefinition } from "../../../../shared/asl/index.ts";
import { BUCKET, ITEMS_KEY, itemOf } from "./item-store.ts";

/** A state machine, what it is given, and which output is right. */
export interface Program {
  readonly definition: StateMachineDefinition;
  input(): unknown;
  isRight(output: unknown): boolean;
  /** Items that are read from the item store, and whose results are written to it; undefined for none. */
  readonly storedItems?: number;
}

export interface Workload {
  readonly name: string;
  /** States that one execution enters. */
  readonly transitions: number;
  /** Executions under way at the same time. */
  readonly atOnce: number;
  /** The limits of 256 KiB and 25,000 events hold; they are lifted for work that AWS would refuse. */
  readonly isWithinLimits: boolean;
  readonly own: Program;
  /** What the peer runs: it has no Distributed Map. */
  readonly peer: Program;
}

/** A chain is so short that one alone would measure how soon an execution starts and, when durable, the disk's latency. */
const CHAINS_AT_ONCE = 400;

const TWO_PASSES = {
  StartAt: "First",
  States: { First: { Type: "Pass", Next: "Second" }, Second: { Type: "Pass", End: true } },
} as const;

export const WORKLOADS: readonly Workload[] = [
  { name: "pass-chain", atOnce: CHAINS_AT_ONCE, isWithinLimits: true, transitions: 10, ...same(passChain(10)) },
  { name: "map-1000", atOnce: 1, isWithinLimits: true, transitions: 2_001, ...same(inlineMap(1_000)) },
  { name: "choice-loop", atOnce: 1, isWithinLimits: true, transitions: 2_001, ...same(choiceLoop(1_000)) },
  { name: "map-100000", atOnce: 1, isWithinLimits: false, transitions: 200_001, ...same(inlineMap(100_000)) },
  distributed("distributed-map-10000", 10_000),
  distributed("distributed-map-100000", 100_000),
];

/** @throws {RangeError} when there is none of this name */
export function workloadNamed(name: string | undefined): Workload {
  const workload = WORKLOADS.find((candidate) => candidate.name === name);
  if (workload) return workload;
  const names = WORKLOADS.map((candidate) => candidate.name).join(", ");
  throw new RangeError(`no workload "${name}"; there are: ${names}`);
}

function same(program: Program): Pick<Workload, "own" | "peer"> {
  return { own: program, peer: program };
}

function distributed(name: string, items: number): Workload {
  const transitions = 2 * items + 1;
  return { name, atOnce: 1, isWithinLimits: false, transitions, own: storedMap(items), peer: inlineMap(items) };
}

function passChain(length: number): Program {
  const states = Array.from({ length }, (_, index): [string, StateDefinition] => {
    const step = index + 1 < length ? { Next: `Pass${index + 2}` } : { End: true };
    return [`Pass${index + 1}`, { Type: "Pass", ...step }];
  });
  const input = itemOf(0);
  return {
    definition: { StartAt: "Pass1", States: Object.fromEntries(states) },
    input: () => input,
    isRight: (output) => isDeepStrictEqual(output, input),
  };
}

function inlineMap(items: number): Program {
  const list = () => Array.from({ length: items }, (_, index) => itemOf(index));
  return {
    definition: { StartAt: "Each", States: { Each: { Type: "Map", ItemProcessor: TWO_PASSES, End: true } } },
    input: list,
    isRight: (output) => isDeepStrictEqual(output, list()),
  };
}

function storedMap(items: number): Program {
  return {
    definition: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemReader: {
            Resource: "arn:aws:states:::s3:getObject",
            ReaderConfig: { InputType: "JSONL" },
            Parameters: { Bucket: BUCKET, Key: ITEMS_KEY },
          },
          ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...TWO_PASSES },
          ResultWriter: {
            Resource: "arn:aws:states:::s3:putObject",
            WriterConfig: { OutputType: "JSONL", Transformation: "COMPACT" },
            Parameters: { Bucket: BUCKET, Prefix: "results" },
          },
          End: true,
        },
      },
    },
    input: () => ({}),
    isRight: (written) => isDeepStrictEqual(written, { count: items, last: itemOf(items - 1) }),
    storedItems: items,
  };
}

function choiceLoop(rounds: number): Program {
  return {
    definition: {
      StartAt: "Add",
      States: {
        Add: { Type: "Pass", Parameters: { "count.$": "States.MathAdd($.count, 1)" }, Next: "IsDone" },
        IsDone: {
          Type: "Choice",
          Choices: [{ Variable: "$.count", NumericLessThan: rounds, Next: "Add" }],
          Default: "Done",
        },
        Done: { Type: "Succeed" },
      },
    },
    input: () => ({ count: 0 }),
    isRight: (output) => isDeepStrictEqual(output, { count: rounds }),
  };
}
