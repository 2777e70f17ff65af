import { notRecognized } from "../../shared/asl/engine.ts";
import {
  localServices,
  type ObjectStore,
  routeByService,
  type TaskRequest,
  type TaskResolver,
} from "../../shared/asl/index.ts";
import { lambdaOverHttp } from "../../shared/sfn/index.ts";

/** What stands in for AWS's services. */
interface ServedServices {
  /** Where Lambda functions are called. */
  readonly lambdaEndpoint?: string | undefined;
  readonly objects?: ObjectStore | undefined;
}

/** Does the work of tasks that the server does not do itself. */
export function servedTasks({ lambdaEndpoint, objects }: ServedServices): TaskResolver {
  return routeByService({
    ...(lambdaEndpoint === undefined ? {} : { lambda: lambdaOverHttp(lambdaEndpoint) }),
    ...(objects === undefined ? {} : localServices({ objects })),
    "*": {
      run(request) {
        throw notRecognized(request, adviceOn(request));
      },
    },
  });
}

function adviceOn({ resource }: TaskRequest): string {
  if (resource.service === "lambda") return "Lambda functions are served when restep serve has --lambda-endpoint.";
  const served = "Lambda functions (--lambda-endpoint), S3 (--s3), activities, states:startExecution and aws-sdk:sfn";
  const others = `give answers for ${resource.service} with --mock-config, or call it in a Lambda function`;
  return `restep serve serves ${served}; ${others}.`;
}
