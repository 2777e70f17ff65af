import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import type { AwsClients } from "../../../shared/stores/aws/access.ts";
import { oneByOne } from "./front.ts";

/** A server that others wrote, which answers as S3 and DynamoDB do: https://docs.getmoto.org */
export interface Moto {
  readonly endpoint: string;
  /** Clients as the SDK makes them, unmodified. */
  clients(): AwsClients;
  /** Nobody is told by another process: calls it again and again, until the function that it returns is called. */
  onChange(look: () => void): () => void;
  stop(): Promise<void>;
}

const credentials = { accessKeyId: "testing", secretAccessKey: "testing" };

/**
 * Starts it on a port of its own choice. It is asked one thing at a time: it answers in threads, and a transaction that is refused
 * sets its tables back to what they were when it began, whatever others have written meanwhile.
 */
export async function startMoto(region = "us-east-1"): Promise<Moto> {
  const server = spawn("moto_server", ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "ignore", "pipe"] });
  const front = await oneByOne(await addressOf(server));
  const { endpoint } = front;
  const common = { endpoint, region, credentials };
  const made: AwsClients[] = [];
  return {
    endpoint,
    clients() {
      const clients = { s3: new S3Client({ ...common, forcePathStyle: true }), db: new DynamoDBClient(common) };
      made.push(clients);
      return clients;
    },
    onChange(look) {
      const timer = setInterval(look, 20);
      return () => clearInterval(timer);
    },
    async stop() {
      for (const { s3, db } of made) {
        s3.destroy();
        db.destroy();
      }
      await front.stop();
      const gone = once(server, "exit");
      // It keeps nothing, and would wait for connections that are still open.
      server.kill("SIGKILL");
      await gone;
    },
  };
}

async function addressOf(server: ChildProcess): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: server.stderr! })) {
    said.push(line);
    const found = /Running on (http:\/\/\S+)/.exec(line)?.[1];
    if (found === undefined) continue;
    // What it says from here on is a line for each request.
    server.stderr?.resume();
    return found;
  }
  throw new Error(`moto_server ended before it listened:\n${said.join("\n")}`);
}
