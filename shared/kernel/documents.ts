import type * as z from "zod";
import type { ArtifactRef } from "../contracts/ids.ts";
import { describeIssues } from "../contracts/issues.ts";
import { canonicalBytes } from "../stores/digest.ts";
import type { ArtifactKind, ArtifactReader } from "../stores/ports.ts";
import { ContractInputMissing } from "./errors.ts";
import { redact } from "./secrets/redact.ts";

/** A store that may want to see the document that bytes are the canonical JSON of; others take the bytes alone. */
export interface DocumentSink {
  put(kind: ArtifactKind, bytes: Uint8Array, document?: unknown): Promise<ArtifactRef>;
}

/** Stores a document as a canonical JSON artifact. */
export function putDocument(artifacts: DocumentSink, kind: ArtifactKind, document: unknown): Promise<ArtifactRef> {
  return artifacts.put(kind, canonicalBytes(document), document);
}

/**
 * Reads a JSON artifact and checks it.
 * @param what names the document in messages, such as `module manifest`
 * @throws {ContractInputMissing} when it is not JSON or not of that schema
 */
export async function getDocument<S extends z.ZodType>(
  artifacts: ArtifactReader,
  ref: ArtifactRef,
  schema: S,
  what: string,
): Promise<z.infer<S>> {
  return parseDocument(await artifacts.get(ref), schema, `${what} (${ref})`);
}

/**
 * Parses and checks a JSON document.
 * @throws {ContractInputMissing} naming `what`, the field, expected and found, and no secret that was found
 */
export function parseDocument<S extends z.ZodType>(bytes: Uint8Array, schema: S, what: string): z.infer<S> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ContractInputMissing(`${what}: expected JSON, found bytes that are no UTF-8 text`, { cause: error });
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    // It quotes what it found.
    const found = redact((error as Error).message.replaceAll(/\s+/g, " "));
    throw new ContractInputMissing(`${what}: expected JSON, found text that is not: ${found}`);
  }
  let issues: string;
  try {
    const parsed = schema.safeParse(document);
    if (parsed.success) return parsed.data;
    issues = describeIssues(parsed.error, document, schema);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // It is deeper than the stack, which only what was made so is.
    issues = "expected a document that can be looked through, found thousands of lists or objects within one another";
  }
  throw new ContractInputMissing(redact(`${what}: ${issues}`));
}

/** The document, which nobody can change from then on: what is read once is shared. */
export function frozen<T>(document: T): T {
  if (typeof document !== "object" || document === null) return document;
  for (const field of Object.values(document)) frozen(field);
  return Object.freeze(document);
}
