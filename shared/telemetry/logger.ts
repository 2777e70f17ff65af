import { type DestinationStream, destination, pino } from "pino";

/** Structured log: one JSON line each. Never carries what a later stage needs. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export type LogLevel = "silent" | "error" | "warn" | "info";

/** @param destination where lines go; standard output where left out, as Lambda expects */
export function createLogger(
  level: LogLevel,
  fields: Record<string, unknown>,
  destination?: DestinationStream,
): Logger {
  const options = { level, base: fields, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Lines appended to a file, written at once: a worker may end at any moment. */
export function logFile(path: string): DestinationStream {
  return destination({ dest: path, sync: true, mkdir: true });
}
