import { createServer } from "node:http";
import { type Answer, type DeployedFunction, type Environment, startEnvironment } from "./environments.ts";
import { listen, textOf } from "./http.ts";

export interface Lambda {
  /** Speaks Lambda's Invoke API. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Functions as Lambda runs them: each in processes of its own, one more wherever all are busy. */
export async function startLambda(functions: readonly DeployedFunction[]): Promise<Lambda> {
  const idle = new Map<string, Environment[]>(functions.map(({ name }) => [name, []]));
  const all: Environment[] = [];
  const invoke = async (deployed: DeployedFunction, event: string): Promise<Answer> => {
    const kept = idle.get(deployed.name);
    const environment = kept?.pop() ?? (await startEnvironment(deployed));
    if (!all.includes(environment)) all.push(environment);
    const answer = await environment.invoke(event);
    kept?.push(environment);
    return answer;
  };
  const server = createServer(async (request, response) => {
    const path = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? "");
    // By its name, or by its ARN.
    const called = decodeURIComponent(path?.[1] ?? "").replace(/^arn:aws:lambda:.*:function:/, "");
    const deployed = functions.find(({ name }) => name === called);
    if (deployed === undefined) {
      response.writeHead(404).end();
      return;
    }
    const event = await textOf(request);
    if (request.headers["x-amz-invocation-type"] === "Event") {
      void invoke(deployed, event);
      response.writeHead(202).end();
      return;
    }
    const { hasFailed, body } = await invoke(deployed, event);
    if (hasFailed) response.setHeader("x-amz-function-error", "Unhandled");
    response.end(body);
  });
  return {
    endpoint: await listen(server),
    async stop() {
      for (const environment of all) environment.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
