import { arnOf, readArn } from "../api/arns.ts";
import { refusals } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import type { Request } from "../api/requests.ts";
import { epochSeconds, jsonEqual, present } from "../api/wire.ts";
import type { Alias, MachineRecord } from "../records/records.ts";
import { aliasArn, findMachine, type MachineRoom, versionArn } from "./machine-lookup.ts";

/** Aliases that a machine may have (API reference). */
const mostAliases = 100;

type Routing = Request<"CreateStateMachineAlias">["routingConfiguration"];

/** Idempotent by name, description and routing. The machine is the one whose versions the alias is routed to. */
export async function createStateMachineAlias(room: MachineRoom, request: Request<"CreateStateMachineAlias">) {
  const { machine, routing } = readRouting(room, request.routingConfiguration);
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  const { name, description } = request;
  const existing = machine.aliases.find((alias) => alias.name === name);
  if (existing !== undefined) {
    if (existing.description !== description || !jsonEqual(existing.routing, routing)) {
      const why = "an alias with the same name and a different routing configuration already exists.";
      throw refusals.conflict(`Failed to create alias because ${why}`);
    }
    return created(machine, existing);
  }
  if (machine.aliases.length >= mostAliases) {
    throw refusals.quota(`A state machine may have ${mostAliases} aliases; delete some of '${machine.arn}'`);
  }
  const now = room.now();
  const alias: Alias = { name, routing, creationDate: now, updateDate: now, ...present({ description }) };
  await room.machines.put({ ...machine, aliases: [...machine.aliases, alias] });
  return created(machine, alias);
}

function created(machine: MachineRecord, alias: Alias) {
  return { stateMachineAliasArn: aliasArn(machine, alias), creationDate: epochSeconds(alias.creationDate) };
}

export async function updateStateMachineAlias(room: MachineRoom, request: Request<"UpdateStateMachineAlias">) {
  const { machine, alias } = findAlias(room, request.stateMachineAliasArn);
  const { description, routingConfiguration } = request;
  if (description === undefined && routingConfiguration === undefined) {
    const why = "Either description or routingConfiguration must be specified";
    throw refusals.invalid(why, "MISSING_REQUIRED_PARAMETER");
  }
  if (machine.status === "DELETING") throw refusals.machineDeleting(machine.arn);
  const routing = routingConfiguration && readRouting(room, routingConfiguration, machine).routing;
  const changed: Alias = { ...alias, ...present({ description, routing }), updateDate: room.now() };
  const aliases = machine.aliases.map((each) => (each === alias ? changed : each));
  await room.machines.put({ ...machine, aliases });
  return { updateDate: epochSeconds(changed.updateDate) };
}

export function describeStateMachineAlias(room: MachineRoom, request: Request<"DescribeStateMachineAlias">) {
  const { machine, alias } = findAlias(room, request.stateMachineAliasArn);
  const { name, description, routing, creationDate, updateDate } = alias;
  return {
    stateMachineAliasArn: aliasArn(machine, alias),
    name,
    ...present({ description }),
    routingConfiguration: routing.map(({ version, weight }) => ({
      stateMachineVersionArn: versionArn(machine, { number: version }),
      weight,
    })),
    creationDate: epochSeconds(creationDate),
    updateDate: epochSeconds(updateDate),
  };
}

/** Of a machine, or of those that point to a version. Oldest first, as AWS was recorded to do it. */
export function listStateMachineAliases(room: MachineRoom, request: Request<"ListStateMachineAliases">) {
  const { machine, version } = findMachine(room, request.stateMachineArn);
  const aliases = machine.aliases.filter(
    ({ routing }) => version === undefined || routing.some((route) => route.version === version.number),
  );
  const { items, nextToken } = pageOf(aliases, `aliases ${request.stateMachineArn}`, request);
  return { stateMachineAliases: items.map((alias) => created(machine, alias)), ...present({ nextToken }) };
}

export async function deleteStateMachineAlias(room: MachineRoom, request: Request<"DeleteStateMachineAlias">) {
  const { machine, alias } = findAlias(room, request.stateMachineAliasArn);
  await room.machines.put({ ...machine, aliases: machine.aliases.filter((each) => each !== alias) });
  return {};
}

/** @throws ServiceError `InvalidArn`, `ResourceNotFound` */
function findAlias(room: MachineRoom, arn: string): { readonly machine: MachineRecord; readonly alias: Alias } {
  const { names } = readArn(arn, "stateMachine");
  const machine = room.machines.get(arnOf(room.place, "stateMachine", names[0]!));
  const alias = machine?.aliases.find((each) => aliasArn(machine, each) === arn);
  if (machine === undefined || alias === undefined) throw refusals.noResource(arn);
  return { machine, alias };
}

/**
 * The versions and weights that a request names, and the machine they are of.
 *
 * @param expected the machine they must be of; by default that of the first.
 * @throws ServiceError `ValidationException`, in AWS's words, `InvalidArn`, `ResourceNotFound`
 */
function readRouting(room: MachineRoom, routes: Routing, expected?: MachineRecord) {
  const arns = routes.map(({ stateMachineVersionArn }) => stateMachineVersionArn);
  const received = `Received: [${arns.join(", ")}]`;
  const versions = arns.map((arn) => readArn(arn, "stateMachine").names);
  if (versions.some((names) => names.length !== 2 || !/^\d+$/.test(names[1]!))) {
    throw badRouting(`Routing configuration must contain state machine version ARNs. ${received}`);
  }
  if (new Set(arns).size < arns.length) {
    throw badRouting(`Routing configuration must contain distinct state machine version ARNs. ${received}`);
  }
  const weights = routes.map(({ weight }) => weight);
  if (weights.reduce((sum, weight) => sum + weight, 0) !== 100) {
    throw badRouting(`Sum of routing configuration weights must equal 100. Received: [${weights.join(", ")}]`);
  }
  const machine = expected ?? room.machines.get(arnOf(room.place, "stateMachine", versions[0]![0]!));
  if (machine === undefined) throw refusals.noResource(arns[0]!);
  const routing = routes.map(({ stateMachineVersionArn: arn, weight }) => {
    if (!arn.startsWith(`${machine.arn}:`)) {
      throw badRouting(`Routing configuration must contain versions of one state machine. ${received}`);
    }
    const version = machine.versions.find((each) => versionArn(machine, each) === arn);
    if (version === undefined) throw refusals.noResource(arn);
    return { version: version.number, weight };
  });
  return { machine, routing };
}

const badRouting = (why: string) => refusals.invalid(why, "INVALID_ROUTING_CONFIGURATION");
