import type { QueryLanguage, ResultWriterDefinition } from "../../definition.ts";
import { StatesError } from "../../errors.ts";
import { compileJsonata, type Query, type Scope } from "../../query/index.ts";
import type { ObjectStore } from "../../services/object-store.ts";
import { template } from "../data-flow.ts";
import { type ChildResult, InOrder, type ResultCollector } from "./results.ts";

/** Writes the results of a Map Run to objects, in place of handing them on. */
export interface ResultWriter {
  readonly open: (scope: Scope, objects: ObjectStore, mapRunArn: string, stateMachineArn: string) => ResultCollector;
}

type Transformation = "NONE" | "COMPACT" | "FLATTEN";

/** A file is written when this much text has come together. */
const FILE_BYTES = 1024 * 1024;

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html */
export function compileResultWriter(
  definition: ResultWriterDefinition,
  language: QueryLanguage,
): ResultWriter | undefined {
  if (definition.Resource === undefined) return undefined;
  const target: Query | undefined =
    language === "JSONata"
      ? compileJsonata(definition.Arguments ?? {}, "ResultWriter/Arguments")
      : template(definition.Parameters);
  const { Transformation = "NONE", OutputType = "JSON" } = definition.WriterConfig ?? {};
  return {
    open(scope, objects, mapRunArn, stateMachineArn) {
      const { Bucket, Prefix = "" } = (target?.(scope) ?? {}) as { Bucket: string; Prefix?: string };
      const folder = [Prefix.replace(/\/$/, ""), mapRunArn.slice(mapRunArn.lastIndexOf(":") + 1)]
        .filter(Boolean)
        .join("/");
      return new ObjectResults(
        objects,
        { bucket: Bucket, folder, mapRunArn, stateMachineArn },
        Transformation,
        OutputType,
      );
    },
  };
}

interface Target {
  readonly bucket: string;
  readonly folder: string;
  readonly mapRunArn: string;
  readonly stateMachineArn: string;
}

class ObjectResults implements ResultCollector {
  readonly #objects: ObjectStore;
  readonly #target: Target;
  readonly #transformation: Transformation;
  readonly #isLines: boolean;
  readonly #order = new InOrder();
  readonly #open = { SUCCEEDED: [] as string[], FAILED: [] as string[] };
  readonly #bytes = { SUCCEEDED: 0, FAILED: 0 };
  readonly #files = { SUCCEEDED: [] as object[], FAILED: [] as object[] };
  #writes: Promise<void> = Promise.resolve();

  constructor(objects: ObjectStore, target: Target, transformation: Transformation, outputType: "JSON" | "JSONL") {
    this.#objects = objects;
    this.#target = target;
    this.#transformation = transformation;
    this.#isLines = outputType === "JSONL";
  }

  add(result: ChildResult): void {
    for (const next of this.#order.take(result)) this.#push(next);
  }

  async finish(): Promise<unknown> {
    for (const next of this.#order.rest()) this.#push(next);
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
    const group = result.status === "SUCCEEDED" ? "SUCCEEDED" : "FAILED";
    for (const entry of this.#entries(result)) {
      const text = JSON.stringify(entry);
      this.#open[group].push(text);
      this.#bytes[group] += text.length + 1;
    }
    if (this.#bytes[group] >= FILE_BYTES) this.#close(group);
  }

  #entries(result: ChildResult): readonly unknown[] {
    if (result.status !== "SUCCEEDED" || this.#transformation === "NONE") return [describe(result, this.#target)];
    const isFlat = this.#transformation === "FLATTEN" && Array.isArray(result.output);
    return isFlat ? (result.output as unknown[]) : [result.output];
  }

  #close(group: "SUCCEEDED" | "FAILED"): void {
    const entries = this.#open[group];
    if (entries.length === 0) return;
    this.#open[group] = [];
    this.#bytes[group] = 0;
    const body = this.#isLines ? `${entries.join("\n")}\n` : `[${entries.join(",")}]`;
    const key = `${this.#target.folder}/${group}_${this.#files[group].length}.${this.#isLines ? "jsonl" : "json"}`;
    this.#files[group].push({ Key: key, Size: Buffer.byteLength(body) });
    this.#writes = this.#writes.then(() => this.#objects.put(this.#target.bucket, key, body));
    // Told when the run is finished; until then nobody looks.
    this.#writes.catch(() => {});
  }
}

function describe(result: ChildResult, { stateMachineArn }: Target) {
  const { status, input, output, failure } = result;
  const isRedrivable = status !== "SUCCEEDED";
  return {
    ExecutionArn: result.identity.arn,
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    Name: result.identity.name,
    ...(status === "SUCCEEDED"
      ? { Output: JSON.stringify(output), OutputDetails: { Included: true } }
      : { Error: failure.error, Cause: failure.cause }),
    RedriveCount: result.redriveCount,
    RedriveStatus: isRedrivable ? "REDRIVABLE" : "NOT_REDRIVABLE",
    ...(isRedrivable ? {} : { RedriveStatusReason: `Execution is ${status} and cannot be redriven` }),
    StartDate: new Date(result.startedAt).toISOString(),
    StateMachineArn: stateMachineArn,
    Status: status,
    StopDate: new Date(result.stoppedAt).toISOString(),
  };
}
