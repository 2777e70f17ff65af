import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { deferred } from "../../../shared/stores/changes.ts";

/** A function as it is deployed: its bundle's folder, the handler in it, and its environment. */
export interface DeployedFunction {
  readonly name: string;
  readonly folder: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
}

export interface Lambda {
  /** Speaks Lambda's Invoke API. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Answer {
  readonly hasFailed: boolean;
  readonly body: string;
}

/** One process of a function, which answers one call after the other. */
interface Environment {
  invoke(event: string): Promise<Answer>;
  stop(): void;
}

const BOOTSTRAP = fileURLToPath(new URL("./bootstrap.mjs", import.meta.url));

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
    const deployed = functions.find(({ name }) => name === decodeURIComponent(path?.[1] ?? ""));
    if (deployed === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { hasFailed, body } = await invoke(deployed, await textOf(request));
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

/** A process with the bundle, and the Runtime API that it asks for work. */
async function startEnvironment({
  name,
  folder,
  handler,
  environment,
  timeout,
}: DeployedFunction): Promise<Environment> {
  let asked = deferred<string>();
  let answered = deferred<Answer>();
  let calls = 0;
  const api = createServer(async (request, response) => {
    if (request.url?.endsWith("/next")) {
      const event = await asked.promise;
      asked = deferred();
      calls += 1;
      response.setHeader("lambda-runtime-aws-request-id", `${name}-${calls}`);
      response.setHeader("lambda-runtime-deadline-ms", String(Date.now() + timeout * 1_000));
      response.end(event);
      return;
    }
    answered.resolve({ hasFailed: request.url?.endsWith("/error") === true, body: await textOf(request) });
    response.writeHead(202).end();
  });
  const { host } = new URL(await listen(api));
  const runtime = { AWS_LAMBDA_RUNTIME_API: host, LAMBDA_TASK_ROOT: folder, _HANDLER: handler };
  const child = spawn(process.execPath, [BOOTSTRAP], {
    env: { PATH: process.env.PATH, ...environment, ...runtime },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.once("exit", () => {
    const body = JSON.stringify({ errorType: "Runtime.ExitError", errorMessage: said });
    answered.resolve({ hasFailed: true, body });
  });
  return {
    invoke(event) {
      answered = deferred();
      asked.resolve(event);
      return answered.promise;
    },
    stop() {
      child.kill("SIGKILL");
      api.closeAllConnections();
      api.close();
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
