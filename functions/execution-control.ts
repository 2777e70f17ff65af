import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient, StopExecutionCommand } from "@aws-sdk/client-sfn";
import type { ExecutionControl } from "../shared/runs/elsewhere.ts";

/** Executions in the account that the environment has credentials for, each in its own region. */
export const stepFunctions: ExecutionControl = {
  answer: (executionArn, taskToken, answer) =>
    asked(executionArn, (client) =>
      "output" in answer
        ? client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer.output) }))
        : client.send(new SendTaskFailureCommand({ taskToken, ...answer })),
    ),
  stop: (executionArn, error, cause) =>
    asked(executionArn, (client) => client.send(new StopExecutionCommand({ executionArn, error, cause }))),
};

async function asked(executionArn: string, send: (client: SFNClient) => Promise<unknown>): Promise<void> {
  const region = executionArn.split(":")[3];
  const client = new SFNClient(region === undefined ? {} : { region });
  try {
    await send(client);
  } finally {
    client.destroy();
  }
}
