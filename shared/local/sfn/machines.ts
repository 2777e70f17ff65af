import { randomUUID } from "node:crypto";
import { invalidDefinitionMessage, isAcceptable } from "../../asl/validate/diagnostic.ts";
import { validateDefinition } from "../../asl/validate/validate.ts";
import { arnOf, checkName, type Place, readArn } from "./arns.ts";
import { refusals, ServiceError } from "./errors.ts";
import { pageOf } from "./pages.ts";
import type { RecordStore } from "./record-store.ts";
import type { ExecutionRecord, MachineRecord, MachineType, Revision, Version } from "./records.ts";
import type { Request } from "./requests.ts";
import { epochSeconds, jsonEqual, tagsOf } from "./wire.ts";

/** What the operations on state machines need. */
export interface MachineRoom {
  readonly place: Place;
  readonly machines: RecordStore<MachineRecord>;
  readonly executions: RecordStore<ExecutionRecord>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** A state machine, or one of its versions, as an ARN names it. */
export interface FoundMachine {
  readonly machine: MachineRecord;
  readonly version: Version | undefined;
  readonly revision: Revision;
}

/** @throws ServiceError `InvalidArn`, `StateMachineDoesNotExist` */
export function findMachine(room: MachineRoom, arn: string): FoundMachine {
  const { names } = readArn(arn, "stateMachine");
  const [name, number] = names;
  const machine = room.machines.get(arnOf(room.place, "stateMachine", name!));
  if (machine === undefined || !arn.startsWith(machine.arn)) throw refusals.noMachine(arn);
  if (number === undefined) return { machine, version: undefined, revision: machine.current };
  const version = machine.versions.find((each) => String(each.number) === number);
  if (version === undefined) throw refusals.noMachine(arn);
  return { machine, version, revision: version.revision };
}

/** @throws ServiceError `InvalidDefinition` */
export function checkDefinition(definition: string, type: MachineType): void {
  const diagnostics = validateDefinition(definition, { type });
  if (!isAcceptable(diagnostics)) throw new ServiceError("InvalidDefinition", invalidDefinitionMessage(diagnostics));
}

type Settings = Pick<Revision, "loggingConfiguration" | "tracingConfiguration" | "encryptionConfiguration">;
const settingNames = ["loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"] as const;

function settingsOf(request: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Settings {
  const given = settingNames.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]);
  return Object.fromEntries(given) as Settings;
}

export async function createStateMachine(room: MachineRoom, request: Request<"CreateStateMachine">) {
  checkName(request.name);
  checkDefinition(request.definition, request.type);
  if (request.versionDescription !== undefined && !request.publish) {
    throw refusals.invalid("Version description can only be set when publish is true");
  }
  const arn = arnOf(room.place, "stateMachine", request.name);
  const existing = room.machines.get(arn);
  if (existing !== undefined) return createdAgain(existing, request);
  const now = room.now();
  const current: Revision = {
    revisionId: randomUUID(),
    definition: request.definition,
    roleArn: request.roleArn,
    date: now,
    ...settingsOf(request),
  };
  const made: MachineRecord = {
    arn,
    name: request.name,
    type: request.type,
    status: "ACTIVE",
    creationDate: now,
    current,
    versions: [],
    nextVersion: 1,
    tags: tagsOf(arn, {}, request.tags ?? []),
  };
  const machine = request.publish ? published(made, request.versionDescription, now) : made;
  await room.machines.put(machine);
  return created(machine, request.publish);
}

/** CreateStateMachine is idempotent: the same request again gives the same machine (API reference). */
function createdAgain(existing: MachineRecord, request: Request<"CreateStateMachine">) {
  if (existing.status === "DELETING") throw refusals.machineDeleting(existing.arn);
  const { current } = existing;
  const isSame =
    current.definition === request.definition &&
    existing.type === request.type &&
    jsonEqual(settingsOf(current), settingsOf(request)) &&
    (!request.publish || existing.versions.some(({ revision }) => revision.revisionId === current.revisionId));
  if (!isSame) throw refusals.machineExists(existing.arn);
  return created(existing, request.publish);
}

function created(machine: MachineRecord, isPublished: boolean | undefined) {
  const creationDate = epochSeconds(machine.creationDate);
  return { stateMachineArn: machine.arn, creationDate, ...publishedArn(machine, isPublished) };
}

function publishedArn(machine: MachineRecord, isPublished: boolean | undefined) {
  return isPublished ? { stateMachineVersionArn: versionArn(machine, machine.versions.at(-1)!) } : {};
}

export async function updateStateMachine(room: MachineRoom, request: Request<"UpdateStateMachine">) {
  const { machine, version } = findMachine(room, request.stateMachineArn);
  if (version !== undefined) throw refusals.badArn(`Resource type not valid in this context: stateMachine version`);
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  const settings = settingsOf(request);
  if (request.definition === undefined && request.roleArn === undefined && Object.keys(settings).length === 0) {
    const what = "the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration";
    throw new ServiceError("MissingRequiredParameter", `Either ${what} must be specified`);
  }
  if (request.definition !== undefined) checkDefinition(request.definition, machine.type);
  const now = room.now();
  const current: Revision = {
    ...machine.current,
    ...settings,
    definition: request.definition ?? machine.current.definition,
    roleArn: request.roleArn ?? machine.current.roleArn,
    revisionId: randomUUID(),
    date: now,
  };
  const changed = { ...machine, current };
  const updated = request.publish ? published(changed, request.versionDescription, now) : changed;
  await room.machines.put(updated);
  return { updateDate: epochSeconds(now), revisionId: current.revisionId, ...publishedArn(updated, request.publish) };
}

/** A machine that still runs executions is deleted when the last of them ends. */
export async function deleteStateMachine(room: MachineRoom, request: Request<"DeleteStateMachine">) {
  const { names } = readArn(request.stateMachineArn, "stateMachine");
  const machine = room.machines.get(arnOf(room.place, "stateMachine", names[0]!));
  if (machine === undefined) return {};
  if (isRunning(room, machine)) await room.machines.put({ ...machine, status: "DELETING" });
  else await room.machines.delete(machine.arn);
  return {};
}

/** Finishes a deletion that waited for an execution to end. */
export async function afterExecution(room: MachineRoom, machineArn: string): Promise<void> {
  const machine = room.machines.get(machineArn);
  if (machine?.status === "DELETING" && !isRunning(room, machine)) await room.machines.delete(machine.arn);
}

function isRunning(room: MachineRoom, machine: MachineRecord): boolean {
  return room.executions.list().some(({ machineArn, status }) => machineArn === machine.arn && status === "RUNNING");
}

export function describeStateMachine(room: MachineRoom, request: Request<"DescribeStateMachine">) {
  const { machine, version, revision } = findMachine(room, request.stateMachineArn);
  return {
    stateMachineArn: version === undefined ? machine.arn : versionArn(machine, version),
    name: machine.name,
    status: machine.status,
    type: machine.type,
    definition: revision.definition,
    roleArn: revision.roleArn,
    creationDate: epochSeconds(version?.date ?? machine.creationDate),
    revisionId: revision.revisionId,
    ...(version?.description === undefined ? {} : { description: version.description }),
    loggingConfiguration: revision.loggingConfiguration ?? { level: "OFF", includeExecutionData: false },
    tracingConfiguration: revision.tracingConfiguration ?? { enabled: false },
    encryptionConfiguration: revision.encryptionConfiguration ?? { type: "AWS_OWNED_KEY" },
  };
}

export function listStateMachines(room: MachineRoom, request: Request<"ListStateMachines">) {
  const { items, nextToken } = pageOf(room.machines.list(), "machines", request);
  const stateMachines = items.map((machine) => ({
    stateMachineArn: machine.arn,
    name: machine.name,
    type: machine.type,
    creationDate: epochSeconds(machine.creationDate),
  }));
  return { stateMachines, ...(nextToken === undefined ? {} : { nextToken }) };
}

export async function publishStateMachineVersion(room: MachineRoom, request: Request<"PublishStateMachineVersion">) {
  const { machine } = findMachine(room, request.stateMachineArn);
  if (request.revisionId !== undefined && request.revisionId !== machine.current.revisionId) {
    const message = `The state machine's revision ID ${machine.current.revisionId} does not match ${request.revisionId}`;
    throw new ServiceError("ConflictException", message);
  }
  const updated = published(machine, request.description, room.now());
  await room.machines.put(updated);
  const version = updated.versions.at(-1)!;
  return { creationDate: epochSeconds(version.date), stateMachineVersionArn: versionArn(updated, version) };
}

export function listStateMachineVersions(room: MachineRoom, request: Request<"ListStateMachineVersions">) {
  const { machine } = findMachine(room, request.stateMachineArn);
  const { items, nextToken } = pageOf([...machine.versions].reverse(), `versions ${machine.arn}`, request);
  const stateMachineVersions = items.map((version) => ({
    stateMachineVersionArn: versionArn(machine, version),
    creationDate: epochSeconds(version.date),
  }));
  return { stateMachineVersions, ...(nextToken === undefined ? {} : { nextToken }) };
}

export async function deleteStateMachineVersion(room: MachineRoom, request: Request<"DeleteStateMachineVersion">) {
  const { names } = readArn(request.stateMachineVersionArn, "stateMachine");
  const machine = room.machines.get(arnOf(room.place, "stateMachine", names[0]!));
  if (names.length < 2) throw refusals.badArn(`Version is missing: ${request.stateMachineVersionArn}`);
  if (machine === undefined) return {};
  const versions = machine.versions.filter(({ number }) => String(number) !== names[1]);
  await room.machines.put({ ...machine, versions });
  return {};
}

/** With a version of the current revision; a revision that was published already keeps its version. */
function published(machine: MachineRecord, description: string | undefined, now: number): MachineRecord {
  const last = machine.versions.at(-1);
  if (last?.revision.revisionId === machine.current.revisionId) return machine;
  const version: Version = {
    number: machine.nextVersion,
    date: now,
    revision: machine.current,
    ...(description === undefined ? {} : { description }),
  };
  return { ...machine, versions: [...machine.versions, version], nextVersion: machine.nextVersion + 1 };
}

export function versionArn(machine: MachineRecord, version: Version): string {
  return `${machine.arn}:${version.number}`;
}
