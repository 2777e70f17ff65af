import { MAP_MODES, type MapMode } from "../shared/kernel/map-mode.ts";
import { SUBMISSIONS } from "../shared/stores/aws/layout.ts";
import { alarms } from "./alarms.ts";
import { api } from "./api.ts";
import { readBuild } from "./build.ts";
import { eventBus } from "./events.ts";
import { stageFunctions } from "./functions.ts";
import { lifecycles } from "./lifecycle.ts";
import { storage } from "./storage.ts";
import { trigger } from "./trigger.ts";

/** How this deployment carries out Maps, which is decided when it is deployed. @throws for what is no way */
function mapModeOf(text = "inline"): MapMode {
  const mode = MAP_MODES.find((each) => each === text);
  if (mode !== undefined) return mode;
  throw new Error(`environment variable RESTEP_MAPS: expected ${MAP_MODES.join(" or ")}, found ${text}`);
}

/** Everything that runs stand on in AWS. @param maps how Maps are carried out @returns what a deployment prints */
export async function deploy({
  maps,
}: {
  readonly maps: string | undefined;
}): Promise<Record<string, $util.Output<string>>> {
  const root = $cli.paths.root;
  const build = await readBuild(root);
  const stores = storage({ isKept: $app.removal === "retain" });
  const machines = lifecycles(stageFunctions(stores, build), root, mapModeOf(maps));
  const { undone, sweeper } = trigger(stores, machines, build);
  const { url } = api(stores, machines, build);
  const { bus, unsent } = eventBus(stores, build);
  alarms({ machines, queues: { undone, unsent }, sweeper });
  return {
    store: stores.url,
    submissions: $interpolate`s3://${stores.bucket.bucket}/${SUBMISSIONS}`,
    api: url,
    bus: bus.name,
    ...Object.fromEntries(machines.map(({ name, machine }) => [name, machine.arn])),
  };
}
