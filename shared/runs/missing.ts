import { ArtifactRef, artifactId } from "../contracts/ids.ts";
import { NotFoundError } from "../stores/errors.ts";
import type { Stores } from "../stores/ports.ts";
import { removalsOnRecord } from "./retention/removals.ts";

const REMEDY = "run its manifest again with --new, which makes it anew";

/**
 * What an action gives. Where it misses an artifact that this store once had, the error says what became of that.
 * @throws what the action throws
 */
export async function sayingWhatIsMissing<T>(
  { retention }: Pick<Stores, "retention">,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const ref = ArtifactRef.safeParse(error.details.what);
    if (!ref.success) throw error;
    const became = await whatBecameOf(retention, ref.data);
    throw became === undefined
      ? error
      : new NotFoundError(ref.data, String(error.details.where), `${became}; ${REMEDY}`);
  }
}

async function whatBecameOf(retention: Stores["retention"], ref: ArtifactRef): Promise<string | undefined> {
  const digits = artifactId(ref);
  for await (const { name, since } of retention.setAside()) {
    if (!name.startsWith(digits)) continue;
    return `its bytes were damaged, and it was set aside in quarantine at ${new Date(since).toISOString()}`;
  }
  const removal = (await removalsOnRecord(retention)).get(ref);
  return removal === undefined ? undefined : `retention removed it at ${removal.at} (${removal.why})`;
}
