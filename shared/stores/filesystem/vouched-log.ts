import { sha256 } from "../digest.ts";
import { CorruptionError } from "../errors.ts";
import type { LogEnd } from "../leased-folder.ts";
import { LINE_REMEDY } from "../log-lines.ts";
import { readVouched, vouch } from "../vouched-text.ts";
import type { LogFormat } from "./log-format.ts";

/** Before the first line. The name is part of it, so that no log is taken for another. */
export function emptyEnd(name: string): LogEnd {
  return { lines: 0, sha256: sha256(name) };
}

/**
 * Lines that are JSON objects and form a chain.
 * @param name the log's path below the folder that is leased
 * @param known how far it must go
 */
export function vouchedLogFormat(
  name: string,
  { start = emptyEnd(name), known }: { readonly start?: LogEnd; readonly known?: LogEnd | undefined } = {},
): LogFormat<string, LogEnd, string> {
  return {
    name,
    start,
    decode({ lines, sha256: before }, line, where) {
      const read = readVouched(before, line);
      if (read === undefined) throw brokenLine(lines + 1, where);
      const state = { lines: lines + 1, sha256: read.sha256 };
      if (state.lines === known?.lines) checkKnown(known, state, where);
      return { entry: read.text, state };
    },
    checkEnd(end, where) {
      if (known !== undefined && end.lines < known.lines) checkKnown(known, end, where);
    },
  };
}

function brokenLine(number: number, where: string): CorruptionError {
  return new CorruptionError(`line ${number}`, {
    where,
    expected: "a line whose sha256 follows from it and from the line before",
    found: "another",
    remedy: LINE_REMEDY,
  });
}

/** @throws CorruptionError */
function checkKnown(known: LogEnd, found: LogEnd, where: string): void {
  if (found.lines === known.lines && found.sha256 === known.sha256) return;
  throw new CorruptionError("the log", {
    where,
    expected: `at least ${known.lines} lines, that one with sha256 ${known.sha256}`,
    found: found.lines < known.lines ? `${found.lines} lines` : `sha256 ${found.sha256}`,
    remedy: "restore the file from a copy",
  });
}

/** The lines of a batch, without newlines, and where they lead. */
export function vouchedLines(before: LogEnd, texts: readonly string[]) {
  let { lines, sha256: hash } = before;
  const vouched = texts.map((text) => {
    const line = vouch(hash, text);
    lines += 1;
    hash = line.sha256;
    return line.text;
  });
  return { vouched, end: { lines, sha256: hash } };
}
