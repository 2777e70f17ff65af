import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { Executions, Starting } from "../shared/runs/start-elsewhere.ts";
import { openStarts } from "../shared/stores/open-deployed.ts";
import { once, storeInEnvironment, storesFromEnvironment } from "./connection.ts";
import { readEnvironment, variable } from "./environment.ts";

/** Executions of Step Functions. @param machines ARNs, by the names of the state machines */
function stepFunctions(machines: Readonly<Record<string, string>>, client: SFNClient): Executions {
  const machineArn = (stateMachine: string) => {
    const arn = machines[stateMachine];
    if (arn !== undefined) return arn;
    // A fault of the deployment, and nothing that whoever submits could mend.
    throw new Error(`environment variable RESTEP_STATE_MACHINES: expected the ARN of ${stateMachine}, found none`);
  };
  return {
    arnOf: (runId, stateMachine) => `${machineArn(stateMachine).replace(":stateMachine:", ":execution:")}:${runId}`,
    async start(runId, stateMachine, input) {
      const stateMachineArn = machineArn(stateMachine);
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name: runId, input }));
      } catch (error) {
        // It has ended: one that goes on, with this input, is answered as if it were started now.
        if ((error as Error).name !== "ExecutionAlreadyExists") throw error;
      }
    },
  };
}

/** What starts runs in the deployment that the environment names. */
export const startingFromEnvironment = once(async (): Promise<Starting> => {
  const { stateMachines, runsAtOnce: atOnce } = readEnvironment();
  const executions = stepFunctions(stateMachines, new SFNClient({}));
  const starts = await openStarts(storeInEnvironment());
  return { stores: await storesFromEnvironment(), starts, executions, atOnce, environment: variable };
});
