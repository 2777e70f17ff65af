import type { TaskResolver } from "./resolver.ts";

/**
 * Sends each task to the resolver of its service: `lambda` for functions, `activity` for activities, else the service of
 * the resource, such as `sqs`, `states` or `aws-sdk:s3`. `*` takes what no other does.
 */
export function routeByService(routes: Readonly<Record<string, TaskResolver>>): TaskResolver {
  return {
    run(request) {
      const { service, arn } = request.resource;
      const resolver = Object.hasOwn(routes, service) ? routes[service] : routes["*"];
      if (resolver === undefined) {
        const cause = `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`;
        throw Object.assign(new Error(cause), { error: "States.Runtime", cause });
      }
      return resolver.run(request);
    },
  };
}
