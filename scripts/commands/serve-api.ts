import { availableParallelism } from "node:os";
import { startApiServer } from "../../shared/local/api-server.ts";
import { version } from "../../shared/local/installation/package.ts";
import { parseCount } from "../cli/arguments.ts";
import { print, say, withRuns } from "../cli/context.ts";
import {
  type ListeningOptions,
  listening,
  placeOf,
  requiredTokenOf,
  untilInterrupted,
  warnOfOthers,
} from "./listening.ts";
import { type RunOptions, workersOf } from "./run.ts";

const MAY = "start, decide in, cancel and read every run here";

/** Serves the API of runs until it is interrupted; those under way are left to be resumed. */
export async function serveApi(options: ListeningOptions & RunOptions & { readonly runs?: string }): Promise<void> {
  const atOnce = options.runs === undefined ? availableParallelism() : parseCount("--runs", options.runs, 1);
  const place = placeOf(options, 8084);
  const token = await requiredTokenOf(options, MAY);
  const interrupted = untilInterrupted();
  const onFailure = (runId: string, error: unknown) =>
    say(`restep: run ${runId} cannot go on: ${error instanceof Error ? error.message : error}`);
  await withRuns(
    options,
    async (runs) => {
      const server = await listening(place, () => startApiServer({ ...place, runs, token, version, onFailure }));
      print(options.json ? JSON.stringify({ url: server.url, port: server.port }) : `API of runs at ${server.url}`);
      warnOfOthers(options, MAY);
      await interrupted;
      await server.close();
    },
    { ...workersOf(options), atOnce, mustExist: false },
  );
}
