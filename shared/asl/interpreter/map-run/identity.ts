import { createHash } from "node:crypto";
import type { ExecutionIdentity } from "../execution-identity.ts";

/** What the children of a Map Run have in common. */
interface MapRunIdentity {
  readonly mapRunArn: string;
  readonly roleArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
}

/**
 * Who the child executions of a Map Run are. A child follows from the run and the index of its item, so it is the same
 * one when the run is taken up again. Names are made when asked for: most children are never asked.
 */
export function childIdentities(parent: ExecutionIdentity, mapRunArn: string): (index: number) => ExecutionIdentity {
  const { roleArn, stateMachineArn, stateMachineName } = parent;
  const label = labelOf(mapRunArn);
  const mapRun = {
    mapRunArn,
    roleArn,
    stateMachineArn: `${stateMachineArn}/${label}`,
    stateMachineName: `${stateMachineName}/${label}`,
  };
  return (index) => new ChildIdentity(mapRun, index);
}

class ChildIdentity implements ExecutionIdentity {
  readonly #mapRun: MapRunIdentity;
  readonly #index: number;
  #name: string | undefined;

  constructor(mapRun: MapRunIdentity, index: number) {
    this.#mapRun = mapRun;
    this.#index = index;
  }

  get child() {
    return { mapRunArn: this.#mapRun.mapRunArn, index: this.#index };
  }

  get roleArn(): string {
    return this.#mapRun.roleArn;
  }

  get stateMachineArn(): string {
    return this.#mapRun.stateMachineArn;
  }

  get stateMachineName(): string {
    return this.#mapRun.stateMachineName;
  }

  get name(): string {
    this.#name ??= childName(this.#mapRun.mapRunArn, this.#index);
    return this.#name;
  }

  get arn(): string {
    const { mapRunArn, stateMachineName } = this.#mapRun;
    return `${mapRunArn.slice(0, mapRunArn.indexOf(":mapRun:"))}:execution:${stateMachineName}:${this.name}`;
  }
}

/** The name of the child execution of a Map Run that has its item, or batch, of an index: a UUID of version 8. */
export function childName(mapRunArn: string, index: number): string {
  const hex = hash(`${mapRunArn} ${index}`);
  return `${prefixOf(mapRunArn)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Whether a name may be that of a child of a Map Run; hardly ever of one of another. */
export const mayBeChildOf = (name: string, mapRunArn: string): boolean => name.startsWith(`${prefixOf(mapRunArn)}-`);

const prefixOf = (mapRunArn: string): string => hash(mapRunArn).slice(0, 8);

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

const labelOf = (mapRunArn: string): string => /\/([^/:]+):[^:]+$/.exec(mapRunArn)?.[1] ?? "Map";
