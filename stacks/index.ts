import { alarms } from "./alarms.ts";
import { readBuild } from "./build.ts";
import { stageFunctions } from "./functions.ts";
import { lifecycles } from "./lifecycle.ts";
import { storage } from "./storage.ts";

/** Everything that runs stand on in AWS. @returns what a deployment prints */
export async function deploy(): Promise<Record<string, $util.Output<string>>> {
  const build = await readBuild($cli.paths.root);
  const stores = storage({ isKept: $app.removal === "retain" });
  const functions = stageFunctions(stores, build);
  const machines = lifecycles(functions, $cli.paths.root);
  alarms({ machines, functions });
  return { store: stores.url, ...Object.fromEntries(machines.map(({ name, machine }) => [name, machine.arn])) };
}
