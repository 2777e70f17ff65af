import { arnOf, type Place, readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import type { RecordStore } from "../records/record-store.ts";
import type { Alias, ExecutionRecords, MachineRecord, Revision, Version } from "../records/records.ts";

/** What the operations on state machines need. */
export interface MachineRoom {
  readonly place: Place;
  readonly machines: RecordStore<MachineRecord>;
  readonly executions: ExecutionRecords;
  /** Milliseconds since 1970. */
  now(): number;
  /** A number in [0, 1), by which an alias chooses a version. */
  random(): number;
}

/** A state machine, or what an ARN with a version or an alias names of it. */
export interface FoundMachine {
  readonly machine: MachineRecord;
  readonly version: Version | undefined;
  readonly alias: Alias | undefined;
}

/** @throws ServiceError `InvalidArn`, `StateMachineDoesNotExist`; `ValidationException` for the ARN of a Map state */
export function findMachine(room: MachineRoom, arn: string): FoundMachine {
  const { names } = readArn(arn, "stateMachine");
  const [name, qualifier] = names;
  if (name!.includes("/")) {
    const why = `State machine ARN with a Map state label is not supported here: ${arn}`;
    throw refusals.invalid(why, "API_DOES_NOT_SUPPORT_LABELED_ARNS");
  }
  const machine = machineOf(room, arnOf(room.place, "stateMachine", name!));
  if (machine === undefined || !arn.startsWith(machine.arn) || names.length > 2) throw refusals.noMachine(arn);
  if (qualifier === undefined) return { machine, version: undefined, alias: undefined };
  const version = machine.versions.find((each) => String(each.number) === qualifier);
  const alias = machine.aliases.find((each) => each.name === qualifier);
  if (version === undefined && alias === undefined) throw refusals.noMachine(arn);
  return { machine, version, alias };
}

/** @throws ServiceError `DataCorruptedException` */
export function machineOf({ machines }: MachineRoom, arn: string): MachineRecord | undefined {
  const damage = machines.damageOf(arn);
  if (damage !== undefined) throw refusals.damaged(damage);
  return machines.get(arn);
}

/** The same, without a version or an alias. */
export function findUnqualified(room: MachineRoom, arn: string): MachineRecord {
  const { machine, version, alias } = findMachine(room, arn);
  if (version !== undefined || alias !== undefined) throw refusals.noMachine(arn);
  return machine;
}

/** What an execution that is started now runs: an alias chooses among its versions by their weights. */
export function revisionToRun(room: MachineRoom, { machine, version, alias }: FoundMachine) {
  const chosen = alias === undefined ? version : versionOf(machine, choose(alias, room.random() * 100));
  const revision: Revision = chosen === undefined ? machine.current : chosen.revision;
  return { revision, version: chosen };
}

/** @param point in [0, 100) */
function choose({ routing }: Alias, point: number): number {
  let end = 0;
  for (const { version, weight } of routing) {
    end += weight;
    if (point < end) return version;
  }
  return routing.at(-1)!.version;
}

/** A version that an alias points to is there: it cannot be deleted before. */
function versionOf(machine: MachineRecord, number: number): Version {
  return machine.versions.find((version) => version.number === number)!;
}

export function versionArn(machine: MachineRecord, version: Pick<Version, "number">): string {
  return `${machine.arn}:${version.number}`;
}

export function aliasArn(machine: MachineRecord, alias: Alias): string {
  return `${machine.arn}:${alias.name}`;
}
