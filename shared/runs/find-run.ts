import { RunId } from "../contracts/ids.ts";
import { InvalidInputError, NotFoundError } from "../stores/errors.ts";
import type { RunStore } from "../stores/ports.ts";

const LATEST = "latest";

/** Whether a text can name a run: an id, the beginning of one, or `latest`. Capitals count as small letters. */
export function isRunName(text: string): boolean {
  return text === LATEST || /^[0-9a-f-]{1,36}$/i.test(text);
}

/** A message is read by people. */
const MAX_NAMED = 8;

/**
 * The run that a person means. A whole id is taken as it is, whether or not there is such a run.
 * @param where the runs are, for messages
 * @throws InvalidInputError for what names no run, or more than one: the message lists them
 * @throws NotFoundError when no id begins so, or there is no run at all
 */
export async function findRun(runs: Pick<RunStore, "list" | "get">, text: string, where: string): Promise<RunId> {
  const name = text.toLowerCase();
  const whole = RunId.safeParse(name);
  if (whole.success) return whole.data;
  if (!isRunName(name)) throw new InvalidInputError("run id", "a UUID, the beginning of one, or latest", text);
  if (name === LATEST) return latestOf(runs, where);
  const found = (await runs.list()).filter((runId) => runId.startsWith(name));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) {
    throw new NotFoundError(`a run that begins with ${name}`, where, "`restep list` shows those there are");
  }
  const named = found.slice(0, MAX_NAMED).join(", ");
  const more = found.length > MAX_NAMED ? ` and ${found.length - MAX_NAMED} more` : "";
  throw new InvalidInputError(
    "run id",
    "the beginning of one run's id",
    `${name}, which begins those of ${named}${more}`,
  );
}

/** The one submitted last. Records that cannot be read have no time. */
async function latestOf(runs: Pick<RunStore, "list" | "get">, where: string): Promise<RunId> {
  let latest: { readonly runId: RunId; readonly at: string } | undefined;
  for (const runId of await runs.list()) {
    const at = await runs.get(runId).then(
      (record) => record.created_at,
      () => "",
    );
    if (latest === undefined || at > latest.at) latest = { runId, at };
  }
  if (latest !== undefined) return latest.runId;
  throw new NotFoundError("a run", where, "start one with `restep run <manifest>`");
}
