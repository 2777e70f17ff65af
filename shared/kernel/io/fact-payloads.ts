import { ErrorInfo } from "../../contracts/error-info.ts";
import { type FactIndexEntry, FactPayload } from "../../contracts/facts.ts";
import type { ArtifactReader } from "../../stores/ports.ts";
import { parseDocument } from "../documents.ts";
import { ContractInputMissing, toErrorInfo } from "../errors.ts";
import { toJson } from "./json.ts";

/**
 * The payload of a fact, checked against the log's entry for it.
 * @throws {ContractInputMissing} when it is another fact's, or malformed
 * @throws NotFoundError, CorruptionError of the store
 */
export async function readFact(artifacts: ArtifactReader, entry: FactIndexEntry): Promise<FactPayload> {
  const what = `payload of fact ${entry.key}`;
  const payload = parseDocument(await artifacts.get(entry.payload), FactPayload, `${what} (${entry.payload})`);
  const { key, request_sha256: sha256, outcome } = payload;
  if (key === entry.key && sha256 === entry.request_sha256 && outcome.kind === entry.outcome) return payload;
  throw new ContractInputMissing(
    `${what} (${entry.payload}): expected ${entry.outcome} to request ${entry.request_sha256}, ` +
      `found ${outcome.kind} to request ${sha256} of ${key}`,
  );
}

/** Any thrown value as an error that can be recorded: what it carries beside its message may not be JSON. */
export function recordableError(error: unknown): ErrorInfo {
  const { details, ...info } = toErrorInfo(error);
  const whole = ErrorInfo.safeParse({ ...info, ...(details === undefined ? {} : { details: jsonOrNothing(details) }) });
  if (whole.success) return whole.data;
  return { ...info, name: info.name.slice(0, 256) || "Error", category: "unknown", retryable: info.retryable === true };
}

function jsonOrNothing(value: unknown): ErrorInfo["details"] {
  try {
    return toJson(value, "details") as ErrorInfo["details"];
  } catch {
    return undefined;
  }
}
