import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sfn from "@aws-sdk/client-sfn";
import { afterEach, beforeEach } from "vitest";
import { startStoredSfnServer } from "../../shared/local/sfn.ts";
import { type SfnServer, type SfnServerOptions, startSfnServer } from "../../shared/sfn/index.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export const roleArn = "arn:aws:iam::000000000000:role/any";

/** A server in a folder of its own for each test, and an unmodified client of it. */
export interface Served {
  client: sfn.SFNClient;
  clock: ManualClock;
  /** Closes the server and opens another on the same folder, perhaps with other options. */
  restart(options?: Partial<SfnServerOptions>): Promise<void>;
  create(definition: object, options?: Partial<sfn.CreateStateMachineCommandInput>): Promise<string>;
  start(stateMachineArn: string, options?: Partial<sfn.StartExecutionCommandInput>): Promise<string>;
  describe(executionArn: string): Promise<sfn.DescribeExecutionCommandOutput>;
  /** Waits until it is no longer running. */
  ended(executionArn: string): Promise<sfn.DescribeExecutionCommandOutput>;
}

/**
 * @param optionsOf what the server is given, asked before each test.
 * @param isInMemory without the folder: nothing survives a restart.
 */
export function serveEachTest(
  optionsOf: () => Partial<SfnServerOptions> = () => ({}),
  isInMemory: boolean = false,
): Served {
  let folder: string;
  let server: SfnServer;

  const open = async (options: Partial<SfnServerOptions>) => {
    const settings = { clock: served.clock, wallClock: served.clock, ...options };
    server = await (isInMemory ? startSfnServer(settings) : startStoredSfnServer(folder, settings, () => undefined));
    served.client = new sfn.SFNClient({
      endpoint: server.url,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      maxAttempts: 1,
      disableHostPrefix: true,
    });
  };
  const close = async () => {
    served.client.destroy();
    await server.close();
  };
  const served: Served = {
    client: undefined as never,
    clock: undefined as never,
    async restart(options = optionsOf()) {
      await close();
      await open(options);
    },
    async create(definition, options = {}) {
      const input = { name: "m", definition: JSON.stringify(definition), roleArn, ...options };
      return (await served.client.send(new sfn.CreateStateMachineCommand(input))).stateMachineArn!;
    },
    start: async (stateMachineArn, options = {}) =>
      (await served.client.send(new sfn.StartExecutionCommand({ stateMachineArn, ...options }))).executionArn!,
    describe: (executionArn) => served.client.send(new sfn.DescribeExecutionCommand({ executionArn })),
    ended: (executionArn) =>
      until(
        () => served.describe(executionArn),
        ({ status }) => status !== "RUNNING",
      ),
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "restep-sfn-"));
    served.clock = manualClock();
    await open(optionsOf());
  });
  afterEach(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  return served;
}

/** Asks until the answer is as wanted; every ask gives the server a turn. */
export async function until<T>(ask: () => T | Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A machine that gives a value. */
export const giving = (value: unknown) => ({
  StartAt: "P",
  States: { P: { Type: "Pass", Result: value, End: true } },
});
