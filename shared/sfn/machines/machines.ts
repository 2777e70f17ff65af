import { randomUUID } from "node:crypto";
import { compileInTurns, DefinitionError } from "../../asl/index.ts";
import { arnOf, checkName, readArn } from "../api/arns.ts";
import { refusals, ServiceError } from "../api/errors.ts";
import { byCreation, pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, jsonEqual, present, tagsOf } from "../api/wire.ts";
import type { MachineRecord, MachineType, Revision } from "../records/records.ts";
import { findMachine, findUnqualified, type MachineRoom, machineOf, versionArn } from "./machine-lookup.ts";
import { variableReferences } from "./variable-references.ts";
import { published } from "./versions.ts";

/**
 * What validation lets pass and the interpreter cannot take is refused too: every execution of it would fail.
 * @throws ServiceError `InvalidDefinition`
 */
async function checkDefinition(definition: string, type: MachineType): Promise<void> {
  try {
    await compileInTurns(definition, { type });
  } catch (cause) {
    const { message } = cause as Error;
    const isInAwsWords = cause instanceof DefinitionError && cause.diagnostics.length > 0;
    const why = isInAwsWords ? message : `Invalid State Machine Definition: '${message}'`;
    throw new ServiceError("InvalidDefinition", why, { cause });
  }
}

/** @throws ServiceError `InvalidArn` */
function checkRole(arn: string): void {
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn)) throw refusals.badRole(arn);
}

type Settings = Pick<Revision, "loggingConfiguration" | "tracingConfiguration" | "encryptionConfiguration">;
const settingNames = ["loggingConfiguration", "tracingConfiguration", "encryptionConfiguration"] as const;

function settingsOf(request: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Settings {
  const given = settingNames.filter((name) => request[name] !== undefined).map((name) => [name, request[name]]);
  return Object.fromEntries(given) as Settings;
}

export async function createStateMachine(room: MachineRoom, request: Request<"CreateStateMachine">) {
  checkName(request.name);
  checkRole(request.roleArn);
  await checkDefinition(request.definition, request.type);
  if (request.versionDescription !== undefined && !request.publish) {
    throw refusals.invalid("Version description can only be set when publish is true");
  }
  const arn = arnOf(room.place, "stateMachine", request.name);
  const existing = machineOf(room, arn);
  if (existing !== undefined) return createdAgain(existing, request);
  const now = room.now();
  const current: Revision = {
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
    aliases: [],
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

function findForUpdate(room: MachineRoom, arn: string): MachineRecord {
  const machine = findUnqualified(room, arn);
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  return machine;
}

/** A new revision, unless nothing but a version of the current one is asked for. */
export async function updateStateMachine(room: MachineRoom, request: Request<"UpdateStateMachine">) {
  const { type } = findForUpdate(room, request.stateMachineArn);
  if (request.versionDescription !== undefined && !request.publish) {
    throw refusals.invalid("Version description can only be set when publish is true");
  }
  const given = present({ definition: request.definition, roleArn: request.roleArn, ...settingsOf(request) });
  const hasChanges = Object.keys(given).length > 0;
  if (!hasChanges && !request.publish) {
    const what = "the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration";
    throw new ServiceError("MissingRequiredParameter", `Either ${what} must be specified`);
  }
  if (request.roleArn !== undefined) checkRole(request.roleArn);
  if (request.definition !== undefined) await checkDefinition(request.definition, type);
  // As it is now: another call may have been answered meanwhile.
  const machine = findForUpdate(room, request.stateMachineArn);
  const now = room.now();
  const current: Revision = hasChanges
    ? { ...machine.current, ...given, revisionId: randomUUID(), date: now }
    : machine.current;
  const changed = { ...machine, current };
  const updated = request.publish ? published(changed, request.versionDescription, now) : changed;
  await room.machines.put(updated);
  return {
    updateDate: epochSeconds(now),
    ...present({ revisionId: current.revisionId }),
    ...publishedArn(updated, request.publish),
  };
}

/** A definition as it is described. With metadata alone it is `{}` (API reference). */
export function definitionOf(definition: string, includedData: "ALL_DATA" | "METADATA_ONLY") {
  if (includedData === "METADATA_ONLY") return { definition: "{}" };
  const references = variableReferences(definition);
  return { definition, ...(Object.keys(references).length === 0 ? {} : { variableReferences: references }) };
}

/** A machine that still runs executions is deleted when the last of them ends. */
export async function deleteStateMachine(room: MachineRoom, request: Request<"DeleteStateMachine">) {
  const { names } = readArn(request.stateMachineArn, "stateMachine");
  const arn = arnOf(room.place, "stateMachine", names[0]!);
  const machine = room.machines.get(arn);
  // One that is damaged can be deleted, if nothing else.
  if (room.machines.damageOf(arn) !== undefined) await room.machines.delete(arn);
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
  const { machine, version, alias } = findMachine(room, request.stateMachineArn);
  if (alias !== undefined) throw refusals.noMachine(request.stateMachineArn);
  const revision = version?.revision ?? machine.current;
  return {
    stateMachineArn: version === undefined ? machine.arn : versionArn(machine, version),
    name: machine.name,
    status: machine.status,
    type: machine.type,
    ...definitionOf(revision.definition, request.includedData),
    roleArn: revision.roleArn,
    creationDate: epochSeconds(version?.date ?? machine.creationDate),
    ...present({ revisionId: revision.revisionId, description: version?.description }),
    loggingConfiguration: revision.loggingConfiguration ?? { level: "OFF", includeExecutionData: false },
    tracingConfiguration: revision.tracingConfiguration ?? { enabled: false },
    encryptionConfiguration: revision.encryptionConfiguration ?? { type: "AWS_OWNED_KEY" },
  };
}

export function listStateMachines(room: MachineRoom, request: Request<"ListStateMachines">) {
  const { items, nextToken } = pageOf(byCreation(room.machines.list()), "machines", request);
  const stateMachines = items.map((machine) => ({
    stateMachineArn: machine.arn,
    name: machine.name,
    type: machine.type,
    creationDate: epochSeconds(machine.creationDate),
  }));
  return { stateMachines, ...(nextToken === undefined ? {} : { nextToken }) };
}
