import type { BuildStamp } from "../shared/contracts/provenance.ts";
import { functionNameOf } from "../shared/kernel/flow.ts";
import { DECLARATIONS, STAGE_NAMES } from "../shared/stages/declarations.ts";
import { BUNDLING } from "./bundling.ts";
import { named } from "./names.ts";
import { type Permission, workerPermissions } from "./permissions.ts";
import { SIZES } from "./sizes.ts";
import type { Storage } from "./storage.ts";

/** By the name under which a state machine's placeholders call it. */
export type Functions = Readonly<Record<string, sst.aws.Function>>;

/** A Lambda function for each stage. */
export function stageFunctions(storage: Storage, build: BuildStamp): Functions {
  return Object.fromEntries(
    STAGE_NAMES.map((stage) => {
      const name = functionNameOf(stage);
      const { isCompensable, publishes } = { isCompensable: false, publishes: false, ...DECLARATIONS[stage] };
      const touchesBundles = isCompensable || publishes || stage === "record_failure";
      return [
        name,
        lambda(name, {
          handler: `functions/${stage.replaceAll("_", "-")}/handler.handler`,
          environment: storeEnvironment(storage, build),
          permissions: workerPermissions(storage, { touchesBundles }),
          ...SIZES[stage],
        }),
      ];
    }),
  );
}

/** What every function is told. */
export function storeEnvironment({ url }: Storage, build: BuildStamp): Record<string, $util.Input<string>> {
  return { RESTEP_STORE: url, RESTEP_BUILD: JSON.stringify(build) };
}

/** What all functions of a deployment are like. */
export function lambda(
  name: string,
  args: Pick<sst.aws.FunctionArgs, "handler" | "environment" | "memory" | "timeout" | "url"> & {
    readonly permissions: readonly Permission[];
  },
): sst.aws.Function {
  const functionName = named(name);
  const logging = { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logStreams(functionName)] };
  return new sst.aws.Function(name, {
    ...args,
    name: functionName,
    runtime: "nodejs24.x",
    architecture: "arm64",
    nodejs: BUNDLING,
    logging: { retention: "3 months", format: "json" },
    permissions: [...args.permissions, logging].map(({ actions, resources }) => ({
      actions: [...actions],
      resources: [...resources],
    })),
    // In place of the managed policy, which lets a function write to every log of the account.
    transform: {
      role(role) {
        role.managedPolicyArns = [];
      },
    },
  });
}

function logStreams(functionName: string): string {
  return `arn:aws:logs:*:*:log-group:/aws/lambda/${functionName}:*`;
}
