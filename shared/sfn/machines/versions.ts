import { arnOf, readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, present } from "../api/wire.ts";
import type { MachineRecord, Version } from "../records/records.ts";
import { findMachine, findUnqualified, type MachineRoom, versionArn } from "./machine-lookup.ts";

/** Versions that a machine may have (API reference). */
const mostVersions = 1_000;

/** What PublishStateMachineVersion calls the revision that a machine is made with, which has no id. */
const initialRevision = "INITIAL";

export async function publishStateMachineVersion(room: MachineRoom, request: Request<"PublishStateMachineVersion">) {
  const machine = findUnqualified(room, request.stateMachineArn);
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  const current = machine.current.revisionId ?? initialRevision;
  const { revisionId = current } = request;
  if (revisionId !== current) {
    const found = `The current State Machine revision is ${current}.`;
    throw refusals.conflict(`Failed to publish the State Machine version for revision ${revisionId}. ${found}`);
  }
  const updated = published(machine, request.description, room.now());
  await room.machines.put(updated);
  const version = updated.versions.at(-1)!;
  return { creationDate: epochSeconds(version.date), stateMachineVersionArn: versionArn(updated, version) };
}

/** Newest first. */
export function listStateMachineVersions(room: MachineRoom, request: Request<"ListStateMachineVersions">) {
  const { machine } = findMachine(room, request.stateMachineArn);
  const { items, nextToken } = pageOf([...machine.versions].reverse(), `versions ${machine.arn}`, request);
  const stateMachineVersions = items.map((version) => ({
    stateMachineVersionArn: versionArn(machine, version),
    creationDate: epochSeconds(version.date),
  }));
  return { stateMachineVersions, ...present({ nextToken }) };
}

export async function deleteStateMachineVersion(room: MachineRoom, request: Request<"DeleteStateMachineVersion">) {
  const { names } = readArn(request.stateMachineVersionArn, "stateMachine");
  const machine = room.machines.get(arnOf(room.place, "stateMachine", names[0]!));
  if (names.length < 2) throw refusals.badArn(`Version is missing: ${request.stateMachineVersionArn}`);
  if (machine === undefined) return {};
  const pointing = machine.aliases.filter(({ routing }) => routing.some(({ version }) => String(version) === names[1]));
  if (pointing.length > 0) {
    const which = `Current list of aliases referencing this version: [${pointing.map(({ name }) => name).join(", ")}]`;
    throw refusals.conflict(`Version to be deleted must not be referenced by an alias. ${which}`);
  }
  const versions = machine.versions.filter(({ number }) => String(number) !== names[1]);
  await room.machines.put({ ...machine, versions });
  return {};
}

/**
 * With a version of the current revision; a revision that was published already keeps its version.
 * @throws ServiceError `ServiceQuotaExceededException`
 */
export function published(machine: MachineRecord, description: string | undefined, now: number): MachineRecord {
  const last = machine.versions.at(-1);
  if (last !== undefined && last.revision.revisionId === machine.current.revisionId) return machine;
  if (machine.versions.length >= mostVersions) {
    throw refusals.quota(`A state machine may have ${mostVersions} versions; delete some of '${machine.arn}'`);
  }
  const version: Version = {
    number: machine.nextVersion,
    date: now,
    revision: machine.current,
    ...(description === undefined ? {} : { description }),
  };
  return { ...machine, versions: [...machine.versions, version], nextVersion: machine.nextVersion + 1 };
}
