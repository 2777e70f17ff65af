import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as sfn from "@aws-sdk/client-sfn";

export type Answer = Readonly<Record<string, unknown>>;

/** A client that somebody else wrote, unmodified. */
export interface Caller {
  /** @throws {Refused} with the code of the API's error */
  call(operation: string, parameters: object): Promise<Answer>;
  close(): void;
}

export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

const environment = {
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_PAGER: "",
};

/** The SDK for JavaScript. */
export function javascript(endpoint: string): Caller {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new sfn.SFNClient({ endpoint, region: "us-east-1", credentials, disableHostPrefix: true });
  const commands = sfn as unknown as Readonly<Record<string, new (input: object) => never>>;
  return {
    async call(operation, parameters) {
      const Command = commands[`${operation}Command`]!;
      try {
        return (await client.send(new Command(parameters))) as unknown as Answer;
      } catch (error) {
        throw new Refused((error as Error).name, (error as Error).message);
      }
    },
    close: () => client.destroy(),
  };
}

/** boto3, in a process that takes a call a line. */
export function python(endpoint: string): Caller {
  const program = fileURLToPath(new URL("boto3_caller.py", import.meta.url));
  const child = spawn("python3", [program, endpoint], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async call(operation, parameters) {
      child.stdin.write(`${JSON.stringify([operation, parameters])}\n`);
      const { value } = (await answers.next()) as { value: string };
      const { answer, code, message } = JSON.parse(value) as { answer?: Answer; code?: string; message?: string };
      if (answer === undefined) throw new Refused(code ?? "", message ?? "");
      return answer;
    },
    close: () => void child.stdin.end(),
  };
}

/** The aws command: a process for each call. */
export function commandLine(endpoint: string): Caller {
  return {
    async call(operation, parameters) {
      const verb = operation.replaceAll(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
      const options = ["--endpoint-url", endpoint, "--output", "json", "--cli-input-json", JSON.stringify(parameters)];
      const { stdout, stderr } = await finished("aws", ["stepfunctions", verb, ...options]);
      const refused = /\((\w+)\) when calling the \w+ operation: (.*)/.exec(stderr);
      if (refused !== null) throw new Refused(refused[1]!, refused[2]!);
      if (stderr.trim() !== "") throw new Error(stderr);
      return stdout === "" ? {} : (JSON.parse(stdout) as Answer);
    },
    close: () => undefined,
  };
}

async function finished(command: string, words: readonly string[]) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => {
    stdout += piece;
  });
  child.stderr.on("data", (piece: Buffer) => {
    stderr += piece;
  });
  await new Promise((resolve) => child.on("close", resolve));
  return { stdout, stderr };
}

/** Whether Python has boto3. */
export const hasBoto3 = (): boolean => spawnSync("python3", ["-c", "import boto3"]).status === 0;
