import type { FactIndexEntry, FactPayload } from "../../contracts/facts.ts";
import type { ArtifactReader, Json } from "../../stores/ports.ts";
import { FactMismatch, MissingFact, MissingFactRetryable } from "./errors.ts";
import type { FactLookup } from "./fact-index.ts";
import type { Asked, Ended } from "./facts.ts";
import { readFact, type SecretKey } from "./facts.ts";
import { firstDifference } from "./json.ts";

interface ReplayOptions {
  readonly artifacts: ArtifactReader;
  readonly attempt: number;
  readonly missingFactRetryable: boolean;
  readonly secretKey?: SecretKey;
}

/** Answers a call from the record. @throws {MissingFact}, {MissingFactRetryable}, {FactMismatch} */
export async function replayCall(
  { artifacts, attempt, missingFactRetryable, secretKey }: ReplayOptions,
  asked: Asked,
  facts: FactLookup,
): Promise<Ended> {
  const { key, request } = asked;
  const missing = (why: string, cause?: unknown) =>
    missingFactRetryable ? new MissingFactRetryable(key, why, { cause }) : new MissingFact(key, why, { cause });
  const read = async (entry: FactIndexEntry): Promise<FactPayload> => {
    try {
      return await readFact(artifacts, entry, secretKey);
    } catch (error) {
      // By name: the error may come from another thread.
      if ((error as Error).name !== "NotFoundError") throw error;
      throw missing(`its payload ${entry.payload} is not in the store`, error);
    }
  };
  const fact = facts.answer({ ...asked, attempt }, { withErrors: true });
  if (fact !== undefined) return { outcome: (await read(fact)).outcome, payload: fact.payload };
  const nearest = facts.under(key).findLast((entry) => entry.attempt <= attempt);
  if (nearest === undefined) throw missing(`expected a fact recorded up to attempt ${attempt}, found none`);
  const recorded = (await read(nearest)).request as Json;
  const difference = firstDifference(recorded, request);
  if (difference === undefined) {
    throw missing(`expected a fact of attempt ${attempt}, found an error of attempt ${nearest.attempt}`);
  }
  throw new FactMismatch(key, nearest.attempt, {
    pointer: difference.pointer,
    recorded: brief(difference.left),
    asked: brief(difference.right),
  });
}

function brief(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
