import { isObject, type JsonObject } from "../query/json.ts";
import { jsonataTemplate } from "./expressions.ts";
import { payloadTemplate, scalarPath } from "./paths.ts";
import { itemReaderResource, putObjectResource } from "./resources.ts";
import { type Check, type Field, reject, shaped } from "./shape.ts";
import { integer, listOf, orExpression, string, word } from "./values.ts";

const largestPayload = 262_144;

const templates: Readonly<Record<"Parameters" | "Arguments", Field>> = {
  Parameters: { check: payloadTemplate, only: "JSONPath" },
  Arguments: { check: jsonataTemplate, only: "JSONata" },
};

/** How an ItemReader reads (developer guide: ItemReader). */
const readerConfig = shaped({
  fields: {
    InputType: { check: word("MANIFEST", "JSON", "CSV", "JSONL", "PARQUET") },
    Transformation: { check: word("NONE", "LOAD_AND_FLATTEN") },
    ManifestType: { check: word("ATHENA_DATA", "S3_INVENTORY") },
    CSVDelimiter: { check: word("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB") },
    CSVHeaderLocation: { check: word("FIRST_ROW", "GIVEN") },
    CSVHeaders: { check: listOf(string) },
    ItemsPointer: { check: string },
    MaxItems: { check: orExpression(integer(0, 100_000_000)) },
    MaxItemsPath: { check: scalarPath, only: "JSONPath" },
  },
  atMostOne: [["MaxItems", "MaxItemsPath"]],
  rules: [hasHeaders, inventoryHasNoType],
});

export const itemReader = shaped({
  fields: {
    Resource: { check: itemReaderResource, required: true },
    ReaderConfig: { check: readerConfig },
    ...templates,
  },
});

export const itemBatcher = shaped({
  fields: {
    MaxItemsPerBatch: { check: orExpression(integer(0)) },
    MaxItemsPerBatchPath: { check: scalarPath, only: "JSONPath" },
    MaxInputBytesPerBatch: { check: orExpression(integer(0, largestPayload)) },
    MaxInputBytesPerBatchPath: { check: scalarPath, only: "JSONPath" },
    BatchInput: { check: template },
  },
  atMostOne: [
    ["MaxItemsPerBatch", "MaxItemsPerBatchPath"],
    ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"],
  ],
  rules: [hasBatchLimit],
});

const writerConfig = shaped({
  fields: {
    OutputType: { check: word("JSON", "JSONL"), required: true },
    Transformation: { check: word("NONE", "COMPACT", "FLATTEN"), required: true },
  },
});

export const resultWriter = shaped({
  fields: { Resource: { check: putObjectResource }, WriterConfig: { check: writerConfig }, ...templates },
  rules: [hasDestination],
});

export const processorConfig = shaped({
  fields: {
    Mode: { check: word("INLINE", "DISTRIBUTED") },
    ExecutionType: { check: word("STANDARD", "EXPRESS") },
  },
  rules: [hasExecutionType],
});

/** A name for the map's child executions: no longer than 40 characters, and safe in an ARN. */
const unsafeInLabel = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

export const label: Check = (value, location, scope) => {
  if (typeof value !== "string") reject(scope, "Expected value of type String", location);
  else if (value === "" || value.length > 40 || unsafeInLabel.test(value)) {
    reject(scope, `Invalid label name: ${value}`, location, "INVALID_LABEL_NAME");
  }
};

/** Fields that say how a Distributed Map runs; an inline one would leave them unused without a word. */
const distributedFields = ["ItemReader", "ItemBatcher", "ResultWriter"] as const;

/** A Map that uses what only Distributed Maps have is one, and is not part of an Express workflow. */
export const suitsItsMode: Check = (value, location, scope) => {
  if (!isObject(value) || !isObject(value.ItemProcessor ?? value.Iterator)) return;
  const processor = (value.ItemProcessor ?? value.Iterator) as JsonObject;
  const isDistributed = isObject(processor.ProcessorConfig) && processor.ProcessorConfig.Mode === "DISTRIBUTED";
  if (isDistributed && scope.machineType === "EXPRESS") {
    reject(scope, "Express state machine does not support Map state in DISTRIBUTED mode", location);
  }
  for (const field of isDistributed ? [] : distributedFields.filter((name) => name in value)) {
    reject(scope, `Field '${field}' is only supported for Map state in DISTRIBUTED mode`, location);
  }
};

function template(...[value, location, scope]: Parameters<Check>): void {
  (scope.language === "JSONPath" ? payloadTemplate : jsonataTemplate)(value, location, scope);
}

function hasHeaders(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value) || value.CSVHeaderLocation !== "GIVEN" || "CSVHeaders" in value) return;
  reject(scope, "These fields are required: [CSVHeaders]", location);
}

/** The files of an inventory are CSV; `MANIFEST` is what stood there before there was `ManifestType`. */
function inventoryHasNoType(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value) || value.ManifestType !== "S3_INVENTORY") return;
  if (value.InputType === undefined || value.InputType === "MANIFEST") return;
  reject(scope, "Field 'InputType' is not supported where 'ManifestType' is 'S3_INVENTORY'", location);
}

function hasBatchLimit(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value) || Object.keys(value).some((name) => name.startsWith("Max"))) return;
  const choices = "MaxItemsPerBatch, MaxInputBytesPerBatch";
  reject(scope, `At least one of the following fields is required: [${choices}]`, location);
}

function hasDestination(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value)) return;
  const destination = scope.language === "JSONPath" ? "Parameters" : "Arguments";
  if ("Resource" in value !== destination in value) {
    reject(scope, `These fields are required: [${"Resource" in value ? destination : "Resource"}]`, location);
  } else if (!("Resource" in value) && !("WriterConfig" in value)) {
    reject(scope, `At least one of the following fields is required: [Resource, WriterConfig]`, location);
  }
}

function hasExecutionType(...[value, location, scope]: Parameters<Check>): void {
  if (!isObject(value) || value.Mode !== "DISTRIBUTED" || "ExecutionType" in value) return;
  reject(scope, "These fields are required: [ExecutionType]", location);
}
