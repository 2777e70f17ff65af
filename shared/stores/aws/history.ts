import type { RunId } from "../../contracts/ids.ts";
import { CorruptionError } from "../errors.ts";
import { decodeJson, EMPTY_HEAD, encodeJson, LINE_REMEDY } from "../log-lines.ts";
import type { HistoryStore, Json } from "../ports.ts";
import { type Encoding, type LogAccess, type LogWriter, logWriter } from "./log-writer.ts";

const ENCODING: Encoding<readonly Json[], number> = {
  log: "history",
  encode(_, end, entries) {
    const lines = encodeJson(entries);
    const seq = end.seq + lines.length;
    return { lines, end: { seq, prev: EMPTY_HEAD.prev }, result: seq };
  },
};

export interface AwsHistory extends HistoryStore {
  readonly settled: LogWriter<readonly Json[], number>["settled"];
}

export function awsHistory(log: LogAccess): AwsHistory {
  const { access, items, lines } = log;
  const writer = logWriter(log, ENCODING);
  const where = `${access.where} (table ${access.table("history")})`;

  async function* walk(runId: RunId): AsyncGenerator<Json> {
    await items.checkReadable(runId, "record", "history");
    const end = (await items.logEnd(runId, "history")).seq;
    let count = 0;
    for await (const item of lines.from(runId, 1)) {
      if (item.first !== count + 1) throw gap(count + 1, `line ${item.first}`);
      for (const text of item.lines) {
        count += 1;
        yield decodeJson(count, Buffer.from(text), where);
      }
    }
    if (count < end) throw gap(count + 1, `the end, ${end - count} before it is due`);
  }

  const gap = (line: number, found: string) =>
    new CorruptionError(`line ${line}`, { where, expected: "the next entry", found, remedy: LINE_REMEDY });

  return {
    settled: writer.settled,
    append: writer.append,
    read: walk,
    async verify(runId) {
      let entries = 0;
      for await (const _ of walk(runId)) entries += 1;
      return { entries, sealed: 0 };
    },
  };
}
