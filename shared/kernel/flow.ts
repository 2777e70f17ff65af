import type { OpId } from "../contracts/ids.ts";
import { ContractInputMissing } from "./errors.ts";
import type { StageMeta } from "./stage-meta.ts";

/** A stage in a flow: its name, and what it is there. */
export interface FlowStage {
  readonly name: string;
  readonly meta: StageMeta;
}

/**
 * A state machine with its stages. Plan, state ids, Retry and Catch, records and the order in which people are shown
 * things follow from it; nothing else knows a stage by its name.
 */
export interface Flow {
  readonly name: OpId;
  /** Counts up whenever a run that was begun under the one before could not go on under this one. */
  readonly version: string;
  /** First part of the ids of its states. */
  readonly machine: string;
  /** Its definition: `statemachines/<stateMachine>.asl.json`. */
  readonly stateMachine: string;
  /** In the order in which a run passes them, the one that opens a run first. */
  readonly stages: readonly FlowStage[];
  /** What an error that nobody catches leads to. No plan has it. */
  readonly failureBranch: FlowStage;
}

/** @throws {ContractInputMissing} when there is no flow of that name */
export function flowNamed(flows: readonly Flow[], name: string): Flow {
  const flow = flows.find((each) => each.name === name);
  if (flow !== undefined) return flow;
  const known = flows.map((each) => each.name).join(", ");
  throw new ContractInputMissing(
    `flow ${name}: expected one of ${known}; run it with the version of restep it is from`,
  );
}

/** The stages of a flow, its failure branch included. */
export function allStages({ stages, failureBranch }: Flow): readonly FlowStage[] {
  return [...stages, failureBranch];
}

/** `validation_gate` -> `ValidationGate`: the function that a definition's `${ValidationGateFunctionArn}` stands for. */
export function functionNameOf(stage: string): string {
  return stage.replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

/**
 * A definition's text with its placeholders replaced.
 * @param arnOf of a function, by the name that `functionNameOf` gives
 * @throws {ContractInputMissing} for a function that is not there
 */
export function withFunctions(definition: string, arnOf: (name: string) => string | undefined): string {
  return definition.replaceAll(/\$\{(\w+)FunctionArn\}/g, (_placeholder, name: string) => {
    const arn = arnOf(name);
    if (arn !== undefined) return arn;
    throw new ContractInputMissing(`state machine: expected a function ${name}, found none`);
  });
}

/** `ValidationGate` -> `validation_gate`. */
export function stageOfFunction(name: string): string {
  return name.replaceAll(/\B[A-Z]/g, "_$&").toLowerCase();
}
