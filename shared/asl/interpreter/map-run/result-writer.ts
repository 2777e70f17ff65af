import type { QueryLanguage, ResultWriterDefinition } from "../../definition.ts";
import { StatesError } from "../../errors.ts";
import { compileJsonata, type Query, type Scope, stringifyExact } from "../../query/index.ts";
import type { ObjectStore } from "../../services/object-store.ts";
import { template } from "../compile/fields.ts";
import { ReorderBuffer } from "./reorder-buffer.ts";
import { entriesOf } from "./result-entries.ts";
import { FilePool, ResultFile } from "./result-file.ts";
import { type ChildResult, OutputList, type ResultCollector } from "./results.ts";
import { textsIn } from "./texts-in.ts";

/** Puts the results of a Map Run into the form that is asked for, and hands them on or writes them to objects. */
export interface ResultWriter {
  readonly open: (scope: Scope, run: WrittenRun) => ResultCollector;
}

/** The run whose results are written. */
export interface WrittenRun {
  readonly objects: ObjectStore;
  readonly mapRunArn: string;
  readonly stateMachineArn: string;
  /** Of the Map state's result, in bytes. */
  readonly limitBytes: number;
}

type Group = "SUCCEEDED" | "FAILED";

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
export function compileResultWriter(
  definition: ResultWriterDefinition,
  language: QueryLanguage,
): ResultWriter | undefined {
  const { Transformation = "NONE", OutputType = "JSON" } = definition.WriterConfig ?? {};
  const isLines = OutputType === "JSONL";
  if (definition.Resource === undefined) {
    if (definition.WriterConfig === undefined) return undefined;
    return {
      open: (_scope, run) => new OutputList(run.limitBytes, entriesOf(Transformation, run.stateMachineArn), isLines),
    };
  }
  const target: Query | undefined =
    language === "JSONata"
      ? compileJsonata(definition.Arguments ?? {}, "ResultWriter/Arguments")
      : template(definition.Parameters);
  return {
    open(scope, { objects, mapRunArn, stateMachineArn }) {
      const [Bucket = "", Prefix = ""] = textsIn(target?.(scope), ["Bucket", "Prefix?"], "ResultWriter");
      const folder = [Prefix.replace(/\/$/, ""), mapRunArn.slice(mapRunArn.lastIndexOf(":") + 1)]
        .filter(Boolean)
        .join("/");
      const entries = entriesOf(Transformation, stateMachineArn);
      return new ObjectResults(objects, { bucket: Bucket, folder, mapRunArn }, entries, isLines);
    },
  };
}

/** Results that wait for an earlier one; it is written behind them then. AWS promises no order. */
const MOST_WAITING = 10_000;

/** Files that may wait to be written before no more children are begun. */
const MOST_UNWRITTEN = 1;

interface Target {
  readonly bucket: string;
  readonly folder: string;
  readonly mapRunArn: string;
}

class ObjectResults implements ResultCollector {
  readonly #objects: ObjectStore;
  readonly #target: Target;
  readonly #entries: (result: ChildResult) => readonly unknown[];
  readonly #isLines: boolean;
  readonly #order = new ReorderBuffer<ChildResult>((result) => this.#push(result), MOST_WAITING);
  readonly #pool = new FilePool();
  readonly #open: Readonly<Record<Group, ResultFile>>;
  readonly #files = { SUCCEEDED: [] as object[], FAILED: [] as object[] };
  #writes: Promise<void> = Promise.resolve();
  /** Files that are closed and not written yet. */
  #unwritten = 0;
  /** What comes now is not kept: it could not be stored either. */
  #hasFailed = false;

  constructor(
    objects: ObjectStore,
    target: Target,
    entries: (result: ChildResult) => readonly unknown[],
    isLines: boolean,
  ) {
    this.#objects = objects;
    this.#target = target;
    this.#entries = entries;
    this.#isLines = isLines;
    this.#open = { SUCCEEDED: new ResultFile(isLines, this.#pool), FAILED: new ResultFile(isLines, this.#pool) };
  }

  get backlog(): Promise<void> | undefined {
    if (this.#unwritten <= MOST_UNWRITTEN || this.#hasFailed) return undefined;
    // That they cannot be stored comes out when the run finishes.
    return this.#writes.catch(() => {});
  }

  add(result: ChildResult): void {
    this.#order.add(result.index, result);
  }

  async finish(): Promise<unknown> {
    this.#order.flush();
    this.#close("SUCCEEDED");
    this.#close("FAILED");
    try {
      await this.#writes;
      const key = `${this.#target.folder}/manifest.json`;
      const manifest = {
        DestinationBucket: this.#target.bucket,
        MapRunArn: this.#target.mapRunArn,
        ResultFiles: { FAILED: this.#files.FAILED, PENDING: [], SUCCEEDED: this.#files.SUCCEEDED },
      };
      await this.#objects.put(this.#target.bucket, key, JSON.stringify(manifest));
      return {
        MapRunArn: this.#target.mapRunArn,
        ResultWriterDetails: { Bucket: this.#target.bucket, Key: key },
      };
    } catch (thrown) {
      const { cause, message } = thrown as { cause?: unknown; message?: unknown };
      throw new StatesError("States.ResultWriterFailed", typeof cause === "string" ? cause : String(message));
    }
  }

  #push(result: ChildResult): void {
    if (this.#hasFailed) return;
    const group = result.status === "SUCCEEDED" ? "SUCCEEDED" : "FAILED";
    for (const entry of this.#entries(result)) this.#open[group].add(stringifyExact(entry));
    if (this.#open[group].isFull) this.#close(group);
  }

  #close(group: Group): void {
    const text = this.#open[group].take();
    if (text === undefined) return;
    const key = `${this.#target.folder}/${group}_${this.#files[group].length}.${this.#isLines ? "jsonl" : "json"}`;
    this.#files[group].push({ Key: key, Size: text.length });
    this.#unwritten += 1;
    this.#writes = this.#writes.then(async () => {
      await this.#objects.put(this.#target.bucket, key, text.bytes);
      this.#pool.giveBack(text);
      this.#unwritten -= 1;
    });
    // Told when the run is finished; until then nobody looks.
    this.#writes.catch(() => {
      this.#hasFailed = true;
    });
  }
}
