import type { BuildStamp } from "../shared/contracts/provenance.ts";
import { lambda, storeEnvironment } from "./functions.ts";
import { type Lifecycle, machinesByName } from "./lifecycle.ts";
import { named } from "./names.ts";
import { apiPermissions } from "./permissions.ts";
import type { Storage } from "./storage.ts";

/** Runs over HTTP, for whoever signs as somebody who may invoke the function's address. */
export function api(storage: Storage, machines: readonly Lifecycle[], build: BuildStamp): sst.aws.Function {
  const arns = machinesByName(machines);
  const executions = Object.keys(arns).map((name) => `arn:aws:states:*:*:execution:${named(name)}:*`);
  return lambda("Api", {
    handler: "functions/api/handler.handler",
    url: { authorization: "iam", cors: false },
    environment: { ...storeEnvironment(storage, build), RESTEP_STATE_MACHINES: $jsonStringify(arns) },
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
