import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ItemReaderDefinition, QueryLanguage, ReaderConfigDefinition } from "../../definition.ts";
import { StatesError } from "../../errors.ts";
import { compileJsonata, type Query, type Scope } from "../../query/index.ts";
import type { ObjectStore } from "../../services/object-store.ts";
import { parseResource } from "../../services/resource.ts";
import { compileNumber, type Fields, template } from "../compile/fields.ts";
import { itemsIn } from "../map-item.ts";
import { csvItems, rowsOf } from "./csv-items.ts";
import { jsonAt, jsonItems, jsonLineItems, linesOf, notIterable } from "./json-items.ts";
import { atMost, from, type ItemPage, type ItemPages, type Pages, paged } from "./pages.ts";
import { textsIn } from "./texts-in.ts";

/** Where the items of a Distributed Map come from, when it does not take them from its input. */
export interface ItemReader {
  /** Evaluates its fields; what it needs of the scope it takes at once. */
  readonly open: (scope: Scope, objects: ObjectStore) => ItemPages;
}

interface ObjectArguments {
  readonly Bucket: string;
  readonly Key?: string;
  readonly Prefix?: string;
}

type ReadObject = (objects: ObjectStore, location: ObjectArguments) => ItemPages;

export function compileItemReader(definition: ItemReaderDefinition, language: QueryLanguage): ItemReader {
  const config = definition.ReaderConfig ?? {};
  const source: Query | undefined =
    language === "JSONata"
      ? compileJsonata(definition.Arguments ?? {}, "ItemReader/Arguments")
      : template(definition.Parameters);
  const maxItems = compileNumber(config as Fields, "MaxItems", language);
  const { action } = parseResource(definition.Resource);
  const read = action === "listObjectsV2" ? readListing(config) : readerOf(config);
  return {
    open(scope, objects) {
      const [Bucket = "", Key, Prefix] = textsIn(source?.(scope), ["Bucket", "Key?", "Prefix?"], "ItemReader");
      const location: ObjectArguments = {
        Bucket,
        ...(Key === undefined ? {} : { Key }),
        ...(Prefix === undefined ? {} : { Prefix }),
      };
      const most = maxItems?.(scope) ?? 0;
      if (most < 0) return failing("field MaxItems must be positive");
      return atMost(failingAsReader(read(objects, location)), most === 0 ? Number.POSITIVE_INFINITY : most);
    },
  };
}

/** A reader that fails once the Map Run has begun, as AWS looks at the number then. */
// biome-ignore lint/correctness/useYield: there is nothing to read.
async function* failing(cause: string): AsyncGenerator<ItemPage> {
  throw new StatesError("States.ItemReaderFailed", cause);
}

function readListing(config: ReaderConfigDefinition): ReadObject {
  const readEach = config.Transformation === "LOAD_AND_FLATTEN" ? readerOf(config) : undefined;
  if (readEach === undefined) {
    return (objects, { Bucket, Prefix = "" }) => from(`S3://${Bucket}`, paged(objects.list(Bucket, Prefix)));
  }
  return async function* (objects, { Bucket, Prefix = "" }) {
    for await (const { Key } of objects.list(Bucket, Prefix)) yield* readEach(objects, { Bucket, Key });
  };
}

type ReadBytes = (objects: ObjectStore, location: ObjectArguments) => Pages;

const sourced =
  (read: ReadBytes): ReadObject =>
  (objects, location) =>
    from(`S3://${location.Bucket}/${location.Key ?? ""}`, read(objects, location));

/** A manifest's `InputType` is that of the files it names; `MANIFEST` in its place is the older form. */
function readerOf(config: ReaderConfigDefinition): ReadObject {
  const { ItemsPointer } = config;
  if (config.ManifestType === "ATHENA_DATA") return readAthenaManifest(config);
  if (config.ManifestType === "S3_INVENTORY") return sourced(readInventory);
  switch (config.InputType) {
    case "CSV":
      return sourced((objects, location) => csvItems(bytesOf(objects, location), config));
    case "JSONL":
      return sourced((objects, location) => jsonLineItems(bytesOf(objects, location)));
    case "MANIFEST":
      return sourced(readInventory);
    case "PARQUET":
      return () => {
        throw new StatesError(
          "States.ItemReaderFailed",
          "This interpreter reads JSON, JSONL, CSV and manifests; it does not read PARQUET.",
        );
      };
    default:
      if (ItemsPointer !== undefined) {
        return sourced((objects, location) => pointedItems(bytesOf(objects, location), ItemsPointer));
      }
      return sourced((objects, location) => jsonItems(bytesOf(objects, location)));
  }
}

async function* pointedItems(bytes: AsyncIterable<Uint8Array>, pointer: string): AsyncGenerator<readonly unknown[]> {
  yield await itemsAt(bytes, pointer);
}

async function itemsAt(bytes: AsyncIterable<Uint8Array>, pointer: string): Promise<readonly unknown[]> {
  const items = itemsIn(await jsonAt(bytes, pointer));
  if (items === undefined) throw notIterable();
  return items;
}

/** The items that `ItemsPointer` leads to in a JSON text. @throws StatesError where there are none */
export function itemsAtPointer(text: string, pointer: string): Promise<readonly unknown[]> {
  return itemsAt(Readable.from([Buffer.from(text)]), pointer);
}

/** An S3 inventory: `manifest.json` names CSV files, mostly compressed, without headers; their columns are in its schema. */
async function* readInventory(objects: ObjectStore, location: ObjectArguments): AsyncGenerator<readonly unknown[]> {
  const manifest = (await jsonAt(bytesOf(objects, location), "")) as {
    readonly destinationBucket?: string;
    readonly fileSchema?: string;
    readonly files?: readonly { readonly key: string }[];
  };
  const columns = (manifest.fileSchema ?? "Bucket, Key").split(",").map((column) => column.trim());
  const bucket = manifest.destinationBucket?.replace(/^arn:aws[\w-]*:s3:::/, "") ?? location.Bucket;
  for (const { key } of manifest.files ?? []) {
    const rows = rowsOf(bytesOf(objects, { Bucket: bucket, Key: key }), ",");
    for await (const page of paged(rows)) {
      yield page.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] ?? ""])));
    }
  }
}

/** What Athena's UNLOAD leaves: a list of `s3://bucket/key`, one a line, of files with the items. */
function readAthenaManifest(config: ReaderConfigDefinition): ReadObject {
  const { ManifestType: _, InputType = "MANIFEST", ...rest } = config;
  const readEach = readerOf({ ...rest, InputType: InputType === "MANIFEST" ? "JSONL" : InputType });
  return async function* (objects, location) {
    for (const line of await allLines(bytesOf(objects, location))) {
      const [, Bucket, Key] = /^"?s3:\/\/([^/]+)\/(.+?)"?$/.exec(line.trim()) ?? [];
      if (Bucket !== undefined && Key !== undefined) yield* readEach(objects, { Bucket, Key });
    }
  };
}

function bytesOf(objects: ObjectStore, { Bucket, Key = "" }: ObjectArguments): AsyncIterable<Uint8Array> {
  const bytes = objects.get(Bucket, Key);
  return Key.endsWith(".gz") ? unzip(bytes) : bytes;
}

async function* unzip(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const source = Readable.from(bytes);
  source.on("error", (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>;
}

async function allLines(bytes: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const lines of linesOf(bytes)) all.push(...lines);
  return all;
}

/** Whatever goes wrong while items are read is the reader's failure; the store's own error tells why. */
async function* failingAsReader(pages: ItemPages): AsyncGenerator<ItemPage> {
  try {
    yield* pages;
  } catch (thrown) {
    if (thrown instanceof StatesError) throw thrown;
    const { cause, message } = thrown as { cause?: unknown; message?: unknown };
    throw new StatesError("States.ItemReaderFailed", typeof cause === "string" ? cause : String(message ?? thrown));
  }
}
