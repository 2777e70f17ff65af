import { Readable } from "node:stream";
import { parse } from "csv-parse";
import type { ReaderConfigDefinition } from "../../definition.ts";
import { StatesError } from "../../errors.ts";
import { paged } from "./pages.ts";

const DELIMITERS: Readonly<Record<string, string>> = {
  COMMA: ",",
  PIPE: "|",
  SEMICOLON: ";",
  SPACE: " ",
  TAB: "\t",
};

/**
 * The rows of a CSV text as objects by column. A row may be shorter than the header, then the rest of it is empty text,
 * or longer, then what has no header is left out.
 *
 * https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
 */
export async function* csvItems(
  bytes: AsyncIterable<Uint8Array>,
  config: Pick<ReaderConfigDefinition, "CSVHeaderLocation" | "CSVHeaders" | "CSVDelimiter">,
): AsyncGenerator<readonly Readonly<Record<string, string>>[]> {
  let headers = config.CSVHeaderLocation === "GIVEN" ? checkHeaders(config.CSVHeaders ?? []) : undefined;
  for await (const page of paged(rowsOf(bytes, DELIMITERS[config.CSVDelimiter ?? "COMMA"] ?? ","))) {
    const rows = headers === undefined ? page.slice(1) : page;
    const columns: readonly string[] = headers ?? checkHeaders(page[0] ?? []);
    headers = columns;
    yield rows.map((row) => Object.fromEntries(columns.map((header, index) => [header, row[index] ?? ""])));
  }
}

export async function* rowsOf(bytes: AsyncIterable<Uint8Array>, delimiter: string): AsyncGenerator<readonly string[]> {
  const parser = parse({ delimiter, relax_column_count: true, relax_quotes: true, bom: true, skip_empty_lines: true });
  const source = Readable.from(bytes);
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    yield* parser as AsyncIterable<readonly string[]>;
  } catch (error) {
    if (typeof (error as { error?: unknown }).error === "string") throw error;
    throw new StatesError("States.ItemReaderFailed", `The items are not CSV: ${(error as Error).message}`);
  } finally {
    source.destroy();
  }
}

/** Bytes of a header (developer guide: ItemReader). */
const MOST_HEADER_BYTES = 10_240;

function checkHeaders(headers: readonly string[]): readonly string[] {
  if (Buffer.byteLength(headers.join()) > MOST_HEADER_BYTES) {
    throw new StatesError("States.ItemReaderFailed", `CSV headers cannot be larger than ${MOST_HEADER_BYTES} bytes.`);
  }
  if (new Set(headers).size === headers.length) return headers;
  throw new StatesError("States.ItemReaderFailed", "CSV headers cannot contain duplicates.");
}
