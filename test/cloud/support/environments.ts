import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { packageRoot } from "../../../shared/local/installation/package.ts";
import { deferred } from "../../../shared/stores/changes.ts";
import { freeAddress, listen, textOf, untilAnswered } from "./http.ts";

/** A function as it is deployed: its bundle's folder, the handler in it, and its environment. */
export interface DeployedFunction {
  readonly name: string;
  readonly folder: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
}

export interface Answer {
  readonly hasFailed: boolean;
  readonly body: string;
}

/** One process of a function, which answers one call after the other. */
export interface Environment {
  invoke(event: string): Promise<Answer>;
  stop(): void;
}

const BOOTSTRAP = join(packageRoot, "test/cloud/support/bootstrap.mjs");

/** AWS's own: https://github.com/aws/aws-lambda-runtime-interface-emulator */
const EMULATOR = "aws-lambda-rie";
const hasEmulator = spawnSync("sh", ["-c", `command -v ${EMULATOR}`]).status === 0;

/** What stands around functions here, for messages. */
export const environments = hasEmulator ? EMULATOR : "a Runtime API of the tests' own";

/** A process with a function's bundle: in AWS's emulator of its runtime's interface where that is installed. */
export const startEnvironment: (deployed: DeployedFunction) => Promise<Environment> = hasEmulator
  ? emulated
  : withOwnApi;

function variables({ folder, handler, environment, timeout }: DeployedFunction): NodeJS.ProcessEnv {
  const runtime = { LAMBDA_TASK_ROOT: folder, _HANDLER: handler, AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeout) };
  return { PATH: process.env.PATH, ...environment, ...runtime };
}

async function emulated(deployed: DeployedFunction): Promise<Environment> {
  const address = await freeAddress();
  const served = ["--runtime-interface-emulator-address", address, "--runtime-api-address", await freeAddress()];
  const words = [...served, "--log-level", "error", process.execPath, BOOTSTRAP, deployed.handler];
  const child = spawn(EMULATOR, words, { env: variables(deployed), stdio: "ignore" });
  const url = `http://${address}/2015-03-31/functions/function/invocations`;
  // It listens in its own time. What is no POST calls nothing.
  await untilAnswered(() => fetch(url, { method: "OPTIONS" }), 20_000);
  return {
    async invoke(body) {
      const answer = await (await fetch(url, { method: "POST", body })).text();
      // It answers an error as anything else.
      return { hasFailed: answer.startsWith('{"errorType":'), body: answer };
    },
    stop: () => void child.kill("SIGKILL"),
  };
}

/** A process with the bundle, and a Runtime API of our own that it asks for work. */
async function withOwnApi(deployed: DeployedFunction): Promise<Environment> {
  let asked = deferred<string>();
  let answered = deferred<Answer>();
  let calls = 0;
  const api = createServer(async (request, response) => {
    if (request.url?.endsWith("/next")) {
      const event = await asked.promise;
      asked = deferred();
      calls += 1;
      response.setHeader("lambda-runtime-aws-request-id", `${deployed.name}-${calls}`);
      response.setHeader("lambda-runtime-deadline-ms", String(Date.now() + deployed.timeout * 1_000));
      response.end(event);
      return;
    }
    answered.resolve({ hasFailed: request.url?.endsWith("/error") === true, body: await textOf(request) });
    response.writeHead(202).end();
  });
  const { host } = new URL(await listen(api));
  const child: ChildProcess = spawn(process.execPath, [BOOTSTRAP], {
    env: { ...variables(deployed), AWS_LAMBDA_RUNTIME_API: host },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const gone = new Promise<Answer>((resolve) => {
    child.once("exit", () => {
      const body = JSON.stringify({ errorType: "Runtime.ExitError", errorMessage: said });
      resolve({ hasFailed: true, body });
    });
  });
  return {
    invoke(event) {
      answered = deferred();
      asked.resolve(event);
      return Promise.race([answered.promise, gone]);
    },
    stop() {
      child.kill("SIGKILL");
      api.closeAllConnections();
      api.close();
    },
  };
}
