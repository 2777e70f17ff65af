import { notRecognized } from "../../shared/asl/engine.ts";
import { routeByService, type TaskRequest, type TaskResolver } from "../../shared/asl/index.ts";
import { lambdaOverHttp } from "../../shared/sfn/index.ts";

/** Does the work of tasks that the server does not do itself. @param lambdaEndpoint where Lambda functions are called */
export function servedTasks(lambdaEndpoint: string | undefined): TaskResolver {
  return routeByService({
    ...(lambdaEndpoint === undefined ? {} : { lambda: lambdaOverHttp(lambdaEndpoint) }),
    "*": {
      run(request) {
        throw notRecognized(request, adviceOn(request));
      },
    },
  });
}

function adviceOn({ resource }: TaskRequest): string {
  if (resource.service === "lambda") return "Lambda functions are served when restep serve has --lambda-endpoint.";
  const served = "Lambda functions (--lambda-endpoint), activities and states:startExecution";
  return `restep serve serves ${served}; call ${resource.service} in a Lambda function or by an activity's worker.`;
}
