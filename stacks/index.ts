import { MAP_MODES, type MapMode } from "../shared/kernel/map-mode.ts";
import { SUBMISSIONS } from "../shared/stores/aws/layout.ts";
import { alarms } from "./alarms.ts";
import { api, tokenApi } from "./api.ts";
import { readBuild } from "./build.ts";
import { eventBus } from "./events.ts";
import { stageFunctions } from "./functions.ts";
import { lifecycles, startingEnvironment } from "./lifecycle.ts";
import { storage } from "./storage.ts";
import { trigger } from "./trigger.ts";

/** How this deployment carries out Maps, which is decided when it is deployed. @throws for what is no way */
function mapModeOf(text = "inline"): MapMode {
  const mode = MAP_MODES.find((each) => each === text);
  if (mode !== undefined) return mode;
  throw new Error(`environment variable RESTEP_MAPS: expected ${MAP_MODES.join(" or ")}, found ${text}`);
}

/** How many executions there are at once; without it all that are started. @throws for what is no number of them */
function countOf(text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d{0,5}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new Error(`environment variable RESTEP_RUNS_AT_ONCE: expected a whole number of at least 1, found ${text}`);
}

/** What whoever deploys has set. */
interface Settings {
  /** How Maps are carried out. */
  readonly maps: string | undefined;
  /** How many runs go on at once, the others in their turn. */
  readonly runsAtOnce: string | undefined;
  /** Whether the API has an address for whoever shows a token, too. */
  readonly apiTokens: string | undefined;
}

/** Everything that runs stand on in AWS. @returns what a deployment prints */
export async function deploy({
  maps,
  runsAtOnce,
  apiTokens = "off",
}: Settings): Promise<Record<string, $util.Output<string>>> {
  const root = $cli.paths.root;
  const build = await readBuild(root);
  const stores = storage({ isKept: $app.removal === "retain" });
  const machines = lifecycles(stageFunctions(stores, build), root, mapModeOf(maps));
  const starting = startingEnvironment(stores, machines, build, countOf(runsAtOnce));
  const { undone, sweeper } = trigger(stores, machines, build, starting);
  const { url } = api(stores, machines, starting);
  if (apiTokens !== "on" && apiTokens !== "off") {
    throw new Error(`environment variable RESTEP_API_TOKENS: expected on or off, found ${apiTokens}`);
  }
  const byToken = apiTokens === "on" ? { api_by_token: tokenApi(stores, machines, starting).url } : {};
  const { bus, unsent } = eventBus(stores, build);
  alarms({ machines, queues: { undone, unsent }, sweeper });
  return {
    store: stores.url,
    submissions: $interpolate`s3://${stores.bucket.bucket}/${SUBMISSIONS}`,
    api: url,
    ...byToken,
    bus: bus.name,
    ...Object.fromEntries(machines.map(({ name, machine }) => [name, machine.arn])),
  };
}
