import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ItemReaderDefinition } from "../../../../shared/asl/definition.ts";
import { memoryObjectStore } from "../../../../shared/asl/index.ts";
import { csvItems } from "../../../../shared/asl/interpreter/map-run/csv-items.ts";
import { compileItemReader } from "../../../../shared/asl/interpreter/map-run/item-reader.ts";
import { jsonItems, jsonLineItems } from "../../../../shared/asl/interpreter/map-run/json-items.ts";
import type { ItemPages } from "../../../../shared/asl/interpreter/map-run/pages.ts";

/** A text in pieces of so many bytes. */
async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const page of pages) list.push(...page);
  return list;
}

describe("items of a JSON list", () => {
  it("are the elements of the list, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 2),
        async (list, size, indent) => {
          const text = JSON.stringify(list, undefined, indent);
          expect(await all(jsonItems(pieces(text, size)))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it("come one after the other, from a list that does not end", async () => {
    async function* endless() {
      yield Buffer.from("[");
      for (let n = 0; ; n++) yield Buffer.from(`${n},`);
    }
    const items = jsonItems(endless());
    expect([(await items.next()).value, (await items.next()).value]).toEqual([[0], [1]]);
    await items.return(undefined);
  });

  it.each([
    { text: "7", cause: "Attempting to map over non-iterable node." },
    { text: "", cause: "Attempting to map over non-iterable node." },
    { text: "[1, 2", cause: "The items are not JSON: the list does not end." },
    { text: "[1, x]", cause: /^The items are not JSON: / },
  ])("are none in $text", async ({ text, cause }) => {
    await expect(all(jsonItems(pieces(text)))).rejects.toMatchObject({
      error: "States.ItemReaderFailed",
      cause: typeof cause === "string" ? cause : expect.stringMatching(cause),
    });
  });

  it("may stand one a line", async () => {
    expect(await all(jsonLineItems(pieces('{"a":"é"}\r\n\n[1]\n"x"')))).toEqual([{ a: "é" }, [1], "x"]);
  });
});

describe("items of CSV", () => {
  const rows = 'a,b\n1,two words\n"x,""y""",\n3\n4,5,6\n';

  it("have the fields of the first row, no more and no less", async () => {
    expect(await all(csvItems(pieces(rows), { CSVHeaderLocation: "FIRST_ROW" }))).toEqual([
      { a: "1", b: "two words" },
      { a: 'x,"y"', b: "" },
      { a: "3", b: "" },
      { a: "4", b: "5" },
    ]);
  });

  it("have the fields that were given", async () => {
    const config = { CSVHeaderLocation: "GIVEN", CSVHeaders: ["k"], CSVDelimiter: "PIPE" } as const;
    expect(await all(csvItems(pieces("1|2\n3"), config))).toEqual([{ k: "1" }, { k: "3" }]);
  });

  it("cannot have two fields of a name", async () => {
    await expect(all(csvItems(pieces("a,a\n1,2"), {}))).rejects.toMatchObject({
      cause: "CSV headers cannot contain duplicates.",
    });
  });
});

async function* itemsOf(pages: ItemPages): AsyncGenerator<readonly unknown[]> {
  for await (const { items } of pages) yield items;
}

describe("an ItemReader", () => {
  const inventory = {
    destinationBucket: "arn:aws:s3:::listed",
    fileSchema: "Bucket, Key, Size",
    files: [{ key: "one.csv.gz" }, { key: "two.csv" }],
  };
  const objects = memoryObjectStore([
    { bucket: "b", key: "list.json", body: '[{"n":1},{"n":2},{"n":3}]' },
    { bucket: "b", key: "deep.json", body: '{"a":{"b/c":["x","y"]}}' },
    { bucket: "b", key: "list.csv", body: "n\n1\n2" },
    { bucket: "b", key: "lines.jsonl", body: "1\n2\n" },
    { bucket: "b", key: "lines.jsonl.gz", body: gzipSync("3\n4\n") },
    { bucket: "b", key: "manifest.json", body: JSON.stringify(inventory) },
    { bucket: "listed", key: "one.csv.gz", body: gzipSync('"b","k1","5"\n') },
    { bucket: "listed", key: "two.csv", body: '"b","k2","6"\n' },
    { bucket: "b", key: "athena.csv", body: "s3://b/lines.jsonl\ns3://b/lines.jsonl.gz\n" },
    { bucket: "b", key: "athena-csv", body: "s3://b/list.csv\n" },
  ]);
  const get = "arn:aws:states:::s3:getObject";
  const scope = (input: unknown) => ({ input, context: {}, variables: {} });
  const read = (definition: Omit<ItemReaderDefinition, "Resource"> & { Resource?: string }, input: unknown = {}) =>
    all(itemsOf(compileItemReader({ Resource: get, ...definition }, "JSONPath").open(scope(input), objects)));
  const of = (Key: string) => ({ Parameters: { Bucket: "b", Key } });

  it.each([
    { what: "JSON", reader: of("list.json"), items: [{ n: 1 }, { n: 2 }, { n: 3 }] },
    {
      what: "a list within JSON",
      reader: { ...of("deep.json"), ReaderConfig: { ItemsPointer: "/a/b~1c" } },
      items: ["x", "y"],
    },
    {
      what: "the fields of an object",
      reader: of("deep.json"),
      items: [{ Key: "a", Value: { "b/c": ["x", "y"] } }],
    },
    {
      what: "the fields of an object within JSON",
      reader: { ...of("deep.json"), ReaderConfig: { ItemsPointer: "/a" } },
      items: [{ Key: "b/c", Value: ["x", "y"] }],
    },
    {
      what: "at most so many",
      reader: { ...of("list.json"), ReaderConfig: { MaxItems: 2 } },
      items: [{ n: 1 }, { n: 2 }],
    },
    {
      what: "all, with MaxItems 0",
      reader: { ...of("lines.jsonl"), ReaderConfig: { InputType: "JSONL", MaxItems: 0 } },
      items: [1, 2],
    },
    {
      what: "CSV",
      reader: { ...of("list.csv"), ReaderConfig: { InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" } },
      items: [{ n: "1" }, { n: "2" }],
    },
    { what: "JSON lines", reader: { ...of("lines.jsonl"), ReaderConfig: { InputType: "JSONL" } }, items: [1, 2] },
    {
      what: "compressed JSON lines",
      reader: { ...of("lines.jsonl.gz"), ReaderConfig: { InputType: "JSONL" } },
      items: [3, 4],
    },
    {
      what: "what an S3 inventory lists",
      reader: { ...of("manifest.json"), ReaderConfig: { InputType: "MANIFEST" } },
      items: [
        { Bucket: "b", Key: "k1", Size: "5" },
        { Bucket: "b", Key: "k2", Size: "6" },
      ],
    },
    {
      what: "the files of an Athena manifest",
      reader: { ...of("athena.csv"), ReaderConfig: { InputType: "MANIFEST", ManifestType: "ATHENA_DATA" } },
      items: [1, 2, 3, 4],
    },
    {
      what: "the files of an Athena manifest, of the type that is said",
      reader: {
        ...of("athena-csv"),
        ReaderConfig: { ManifestType: "ATHENA_DATA", InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["m"] },
      },
      items: [{ m: "n" }, { m: "1" }, { m: "2" }],
    },
    {
      what: "an S3 inventory without a type of input",
      reader: { ...of("manifest.json"), ReaderConfig: { ManifestType: "S3_INVENTORY" } },
      items: [expect.objectContaining({ Key: "k1" }), expect.objectContaining({ Key: "k2" })],
    },
    {
      what: "a listing of objects",
      reader: { Resource: "arn:aws:states:::s3:listObjectsV2", Parameters: { Bucket: "b", Prefix: "list." } },
      items: [expect.objectContaining({ Key: "list.csv", Size: 5 }), expect.objectContaining({ Key: "list.json" })],
    },
    {
      what: "the items of the objects listed",
      reader: {
        Resource: "arn:aws:states:::s3:listObjectsV2",
        Parameters: { Bucket: "b", Prefix: "lines." },
        ReaderConfig: { InputType: "JSONL", Transformation: "LOAD_AND_FLATTEN" },
      },
      items: [1, 2, 3, 4],
    },
  ] as const)("reads $what", async ({ reader, items }) => {
    expect(await read(reader as never)).toEqual(items);
  });

  it.each([
    { from: "an object", reader: of("list.json"), sources: ["S3://b/list.json"] },
    {
      from: "a listing",
      reader: { Resource: "arn:aws:states:::s3:listObjectsV2", Parameters: { Bucket: "b", Prefix: "list." } },
      sources: ["S3://b"],
    },
    {
      from: "each object of a listing",
      reader: {
        Resource: "arn:aws:states:::s3:listObjectsV2",
        Parameters: { Bucket: "b", Prefix: "lines." },
        ReaderConfig: { InputType: "JSONL", Transformation: "LOAD_AND_FLATTEN" },
      },
      sources: ["S3://b/lines.jsonl", "S3://b/lines.jsonl.gz"],
    },
  ])("says where items are from: $from", async ({ reader, sources }) => {
    const found = new Set<string>();
    const pages = compileItemReader({ Resource: get, ...reader } as never, "JSONPath").open(scope({}), objects);
    for await (const { source } of pages) found.add(source);
    expect([...found]).toEqual(sources);
  });

  it("takes paths for its fields, and the text of a number", async () => {
    const reader = { Parameters: { "Bucket.$": "$.b", "Key.$": "$.k" }, ReaderConfig: { MaxItemsPath: "$.most" } };
    expect(await read(reader, { b: "b", k: "list.json", most: "1" })).toEqual([{ n: 1 }]);
  });

  it.each([
    { what: "an object that is not there", reader: of("nowhere"), cause: /does not exist/ },
    {
      what: "a pointer to nothing",
      reader: { ...of("deep.json"), ReaderConfig: { ItemsPointer: "/x" } },
      cause: /does not lead/,
    },
    { what: "a key that is no text", reader: { Parameters: { Bucket: "b", Key: {} } }, cause: /Key must be a string/ },
    { what: "no bucket", reader: { Parameters: { Key: "k" } }, cause: /Bucket must be a string/ },
    { what: "PARQUET", reader: { ...of("x"), ReaderConfig: { InputType: "PARQUET" } }, cause: /does not read PARQUET/ },
  ] as const)("fails as States.ItemReaderFailed on $what", async ({ reader, cause }) => {
    const reading = (async () => read(reader as never))();
    await expect(reading).rejects.toMatchObject({
      error: "States.ItemReaderFailed",
      cause: expect.stringMatching(cause),
    });
  });
});
