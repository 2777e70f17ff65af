import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Structured log: one JSON line each. Never carries what a later stage needs. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export type LogLevel = "silent" | "error" | "warn" | "info";

/** A whole line as it would be written: time, level, base fields, fields and message. Gives a clean one back as it is. */
export type RedactLine = (line: Record<string, unknown>) => Record<string, unknown>;

/** Where lines go, each with its line feed. */
export interface LogDestination {
  write(line: string): void;
}

/** The numbers that log tools know levels by. */
const LEVELS = { info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const;

/**
 * @param fields stand on every line
 * @param destination where lines go; standard output where left out, as Lambda expects
 * @param redact sees every line last, when errors and all else are plain JSON; lines pass as they are where left out
 */
export function createLogger(
  level: LogLevel,
  fields: Record<string, unknown>,
  destination: LogDestination = process.stdout,
  redact?: RedactLine,
): Logger {
  const writer = (name: "info" | "warn" | "error") => (own: Record<string, unknown>, msg: string) => {
    if (LEVELS[name] < LEVELS[level]) return;
    const line = { level: LEVELS[name], time: new Date().toISOString(), ...fields, ...own, msg };
    destination.write(`${textOf(line, redact)}\n`);
  };
  return { info: writer("info"), warn: writer("warn"), error: writer("error") };
}

/** Lines appended to a file, written at once: a worker may end at any moment. */
export function logFile(path: string): LogDestination {
  mkdirSync(dirname(path), { recursive: true });
  return { write: (line) => appendFileSync(path, line) };
}

/** Logging never ends a run, and never tells what could not be looked at: such a line is withheld. */
function textOf(line: Record<string, unknown>, redact: RedactLine | undefined): string {
  let doing = "writing";
  try {
    const written = JSON.stringify(line, plain);
    if (redact === undefined) return written;
    doing = "redacting";
    const read = JSON.parse(written) as Record<string, unknown>;
    const redacted = redact(read);
    return redacted === read ? written : JSON.stringify(redacted);
  } catch (error) {
    const msg = `a log line was withheld: ${(error as Error).name} while ${doing} it`;
    return JSON.stringify({ level: LEVELS.error, time: new Date().toISOString(), msg });
  }
}

/** What JSON has no word for. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { ...value, type: name, message, stack, ...(cause === undefined ? {} : { cause }) };
}
