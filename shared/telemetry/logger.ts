import { statSync } from "node:fs";
import { type DestinationStream, destination, pino } from "pino";

/** Structured log: one JSON line each. Never carries what a later stage needs. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export type LogLevel = "silent" | "error" | "warn" | "info";

/** A whole line as it would be written: time, level, base fields, fields and message. Gives a clean one back as it is. */
export type RedactLine = (line: Record<string, unknown>) => Record<string, unknown>;

/**
 * @param fields stand on every line
 * @param destination where lines go; standard output where left out, as Lambda expects
 * @param redact sees every line last, when errors and all else are plain JSON; lines pass as they are where left out
 */
export function createLogger(
  level: LogLevel,
  fields: Record<string, unknown>,
  destination?: DestinationStream,
  redact?: RedactLine,
): Logger {
  const options = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    ...(redact === undefined ? {} : { hooks: { streamWrite: (line: string) => redactLine(line, redact) } }),
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/**
 * Lines appended to a file, written at once: a worker may end at any moment.
 * @throws where something stands there that is no file: a FIFO would keep whoever opens it waiting
 */
export function logFile(path: string): DestinationStream & { end(): void } {
  const isOther = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  if (isOther) throw new Error(`${path}: expected a file to log to, found something else; move it away`);
  return destination({ dest: path, sync: true, mkdir: true });
}

/** Logging never ends a run, and never tells what could not be looked at: a line that cannot be redacted is withheld. */
function redactLine(line: string, redact: RedactLine): string {
  try {
    const written = JSON.parse(line) as Record<string, unknown>;
    const redacted = redact(written);
    return redacted === written ? line : `${JSON.stringify(redacted)}\n`;
  } catch (error) {
    const time = new Date().toISOString();
    return `${JSON.stringify({ level: 50, time, msg: `a log line was withheld: ${(error as Error).name} while redacting it` })}\n`;
  }
}
