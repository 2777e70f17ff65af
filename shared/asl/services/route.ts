import type { TaskResolver } from "./resolver.ts";
import { notRecognized } from "./service-call.ts";

/**
 * Sends each task to the resolver of its service: `lambda` for functions, `activity` for activities, else the service of
 * the resource, such as `sqs`, `states` or `aws-sdk:s3`. `*` takes what no other does.
 */
export function routeByService(routes: Readonly<Record<string, TaskResolver>>): TaskResolver {
  return {
    run(request) {
      const { service } = request.resource;
      const resolver = Object.hasOwn(routes, service) ? routes[service] : routes["*"];
      if (resolver === undefined) throw notRecognized(request);
      return resolver.run(request);
    },
  };
}
