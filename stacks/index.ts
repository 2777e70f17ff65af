import { alarms } from "./alarms.ts";
import { readBuild } from "./build.ts";
import { eventBus } from "./events.ts";
import { stageFunctions } from "./functions.ts";
import { lifecycles } from "./lifecycle.ts";
import { SUBMISSIONS, storage } from "./storage.ts";
import { trigger } from "./trigger.ts";

/** Everything that runs stand on in AWS. @returns what a deployment prints */
export async function deploy(): Promise<Record<string, $util.Output<string>>> {
  const root = $cli.paths.root;
  const build = await readBuild(root);
  const stores = storage({ isKept: $app.removal === "retain" });
  const machines = lifecycles(stageFunctions(stores, build), root);
  const { undone, sweeper } = trigger(stores, machines, build);
  const { bus, unsent } = eventBus(stores, build);
  alarms({ machines, queues: { undone, unsent }, sweeper });
  return {
    store: stores.url,
    submissions: $interpolate`s3://${stores.bucket.bucket}/${SUBMISSIONS}`,
    bus: bus.name,
    ...Object.fromEntries(machines.map(({ name, machine }) => [name, machine.arn])),
  };
}
