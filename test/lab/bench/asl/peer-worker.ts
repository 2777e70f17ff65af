/** Measures aws-local-stepfunctions, which keeps nothing: `peer-worker WORKLOAD`. */

import { StateMachine } from "aws-local-stepfunctions";
import { serveParent } from "./work.ts";
import { workloadNamed } from "./workloads.ts";

type Definition = ConstructorParameters<typeof StateMachine>[0];
type Input = Parameters<StateMachine["run"]>[0];

const workload = workloadNamed(process.argv[2]);
const machine = new StateMachine(workload.peer.definition as Definition);
const input = workload.peer.input() as Input;
await serveParent({ execute: () => machine.run(input).result }, { ...workload, program: workload.peer });
