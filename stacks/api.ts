import { lambda } from "./functions.ts";
import { type Lifecycle, machinesByName } from "./lifecycle.ts";
import { named } from "./names.ts";
import { apiPermissions } from "./permissions.ts";
import type { Storage } from "./storage.ts";

/** Runs over HTTP, for whoever signs as somebody who may invoke the function's address. @param environment of who starts runs */
export function api(
  storage: Storage,
  machines: readonly Lifecycle[],
  environment: Record<string, $util.Input<string>>,
): sst.aws.Function {
  return served("Api", "api", "iam", storage, machines, environment);
}

/** The same for whoever shows a token that `restep tokens` made: anybody may call its address, and is refused by the function. */
export function tokenApi(
  storage: Storage,
  machines: readonly Lifecycle[],
  environment: Record<string, $util.Input<string>>,
): sst.aws.Function {
  return served("ApiByToken", "api-by-token", "none", storage, machines, environment);
}

function served(
  name: string,
  folder: string,
  authorization: "iam" | "none",
  storage: Storage,
  machines: readonly Lifecycle[],
  environment: Record<string, $util.Input<string>>,
): sst.aws.Function {
  const arns = machinesByName(machines);
  const executions = Object.keys(arns).map((name) => `arn:aws:states:*:*:execution:${named(name)}:*`);
  return lambda(name, {
    handler: `functions/${folder}/handler.handler`,
    url: { authorization, cors: false },
    environment,
    permissions: [
      ...apiPermissions(storage),
      {
        actions: ["states:StartExecution", "states:SendTaskSuccess", "states:SendTaskFailure"],
        resources: Object.values(arns),
      },
      { actions: ["states:StopExecution"], resources: executions },
    ],
    // It holds what comes with a submission, the binary included.
    memory: "1769 MB",
    timeout: "1 minute",
  });
}
