import { handle, type LambdaEvent } from "hono/aws-lambda";
import { createApi, type Door } from "../shared/api/index.ts";
import { createRuns } from "../shared/runs/create-runs.ts";
import type { Runs } from "../shared/runs/runs.ts";
import { handOn } from "../shared/runs/start-elsewhere.ts";
import { systemClock } from "../shared/stores/clock.ts";
import { openLinks } from "../shared/stores/open-links.ts";
import { storeInEnvironment } from "./connection.ts";
import { readEnvironment, variable } from "./environment.ts";
import { stepFunctions } from "./execution-control.ts";
import { startingFromEnvironment } from "./step-functions.ts";

/** Lambda takes and gives 6 MB at the most, with all that is around it. */
const LARGEST_SUBMISSION = 5 * 1024 * 1024;

/** The API of the deployment that the environment names. @param door who may come in */
export async function apiFromEnvironment(door: Door): Promise<(event: LambdaEvent) => Promise<unknown>> {
  const links = await openLinks(storeInEnvironment());
  const app = createApi({
    runs: await runsFromEnvironment(),
    door,
    version: readEnvironment().build.restep_version,
    clock: systemClock,
    largestSubmission: LARGEST_SUBMISSION,
    linkTo: links.to,
    // An answer is sent when it is whole.
    isStreaming: false,
  });
  return handle(app);
}

/** The runs of the deployment: Step Functions carries out what is begun here. */
async function runsFromEnvironment(): Promise<Runs> {
  const starting = await startingFromEnvironment();
  const here = () => Promise.reject(new Error("expected what the API offers, found what only a machine does"));
  return createRuns({
    at: { url: storeInEnvironment(), stores: starting.stores },
    executionMode: "cloud",
    async execute(_at, runId) {
      await handOn(starting, runId);
      return "interrupted";
    },
    elsewhere: stepFunctions,
    environment: variable,
    withScratch: here,
    definitionOf: here,
    inspect: here,
    sourceAt: () => {
      throw new Error("expected a submission in the call, found a path");
    },
  });
}
