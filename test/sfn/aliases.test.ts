import * as sfn from "@aws-sdk/client-sfn";
import { beforeEach, describe, expect, it } from "vitest";
import { giving, serveEachTest } from "./served.ts";

/** What the server draws, one after the other. */
let draws: number[] = [];
const served = serveEachTest(() => ({ random: () => draws.shift() ?? 0 }));

let arn: string;
beforeEach(async () => {
  draws = [];
  arn = await served.create(giving("one"), { publish: true });
  for (const value of ["two", "three"]) {
    const definition = JSON.stringify(giving(value));
    await served.client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn: arn, definition, publish: true }));
  }
});

type Routes = readonly (readonly [version: number | string, weight: number])[];
const routing = (...routes: Routes) =>
  routes.map(([version, weight]) => ({
    stateMachineVersionArn: typeof version === "number" ? `${arn}:${version}` : version,
    weight,
  }));

const create = (name: string, routes: Routes, more: object = {}) =>
  served.client.send(
    new sfn.CreateStateMachineAliasCommand({ name, routingConfiguration: routing(...routes), ...more }),
  );
const describeAlias = (name: string) =>
  served.client.send(new sfn.DescribeStateMachineAliasCommand({ stateMachineAliasArn: `${arn}:${name}` }));
const updateAlias = (name: string, more: object) =>
  served.client.send(new sfn.UpdateStateMachineAliasCommand({ stateMachineAliasArn: `${arn}:${name}`, ...more }));
const deleteAlias = (name: string) =>
  served.client.send(new sfn.DeleteStateMachineAliasCommand({ stateMachineAliasArn: `${arn}:${name}` }));

async function aliasesOf(stateMachineArn: string) {
  const listed = await served.client.send(new sfn.ListStateMachineAliasesCommand({ stateMachineArn }));
  return listed.stateMachineAliases!.map(({ stateMachineAliasArn }) => stateMachineAliasArn!.split(":").at(-1));
}

describe("aliases of a state machine", () => {
  it("are created, described, listed, updated and deleted, and survive a restart", async () => {
    const made = await create("PROD", [[1, 100]], { description: "what customers see" });
    expect(made.stateMachineAliasArn).toBe(`${arn}:PROD`);
    await create("NEXT", [
      [2, 30],
      [3, 70],
    ]);
    served.clock.advance(1_000);
    const { updateDate } = await updateAlias("PROD", { routingConfiguration: routing([2, 100]) });
    await served.restart();
    expect(await describeAlias("PROD")).toMatchObject({
      stateMachineAliasArn: `${arn}:PROD`,
      name: "PROD",
      description: "what customers see",
      routingConfiguration: routing([2, 100]),
      creationDate: made.creationDate,
      updateDate,
    });
    expect(updateDate!.getTime() - made.creationDate!.getTime()).toBe(1_000);
    expect(await aliasesOf(arn)).toEqual(["PROD", "NEXT"]);
    expect(await aliasesOf(`${arn}:3`)).toEqual(["NEXT"]);
    await deleteAlias("PROD");
    expect(await aliasesOf(arn)).toEqual(["NEXT"]);
    await expect(describeAlias("PROD")).rejects.toBeInstanceOf(sfn.ResourceNotFound);
    await expect(deleteAlias("PROD")).rejects.toMatchObject({ name: "ResourceNotFound", resourceName: `${arn}:PROD` });
  });

  it("start executions of their version, and are told with them", async () => {
    await create("PROD", [[1, 100]]);
    const executionArn = await served.start(`${arn}:PROD`, { name: "by-alias" });
    expect(await served.ended(executionArn)).toMatchObject({
      output: '"one"',
      stateMachineArn: arn,
      stateMachineAliasArn: `${arn}:PROD`,
      stateMachineVersionArn: `${arn}:1`,
    });
    await served.start(`${arn}:1`, { name: "by-version" });
    const list = async (stateMachineArn: string) => {
      const { executions } = await served.client.send(new sfn.ListExecutionsCommand({ stateMachineArn }));
      return executions!.map(({ name }) => name).sort();
    };
    expect(await list(`${arn}:PROD`)).toEqual(["by-alias"]);
    expect(await list(`${arn}:1`)).toEqual(["by-alias", "by-version"]);
  });

  it("split executions between two versions by their weights", async () => {
    await create("CANARY", [
      [2, 10],
      [3, 90],
    ]);
    draws = [0, 0.0999, 0.1, 0.5, 0.9999];
    const outputs: (string | undefined)[] = [];
    for (const draw of [...draws]) {
      const executionArn = await served.start(`${arn}:CANARY`, { name: `draw-${draw}` });
      outputs.push((await served.ended(executionArn)).output);
    }
    expect(outputs).toEqual(['"two"', '"two"', '"three"', '"three"', '"three"']);
  });

  it("run as new executions what their versions are then, and leave running ones as they are", async () => {
    const wait = { StartAt: "W", States: { W: { Type: "Wait", Seconds: 60, Next: "P" }, ...giving("slow").States } };
    const definition = JSON.stringify(wait);
    await served.client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn: arn, definition, publish: true }));
    await create("PROD", [[4, 100]]);
    const running = await served.start(`${arn}:PROD`);
    await updateAlias("PROD", { routingConfiguration: routing([1, 100]) });
    expect((await served.ended(await served.start(`${arn}:PROD`))).output).toBe('"one"');
    await served.restart();
    served.clock.advance(60_000);
    expect(await served.ended(running)).toMatchObject({ output: '"slow"', stateMachineVersionArn: `${arn}:4` });
  });

  it("are created once by the same request, and not by another of that name", async () => {
    const { creationDate } = await create("PROD", [[1, 100]], { description: "d" });
    served.clock.advance(1_000);
    expect((await create("PROD", [[1, 100]], { description: "d" })).creationDate).toEqual(creationDate);
    const message =
      "Failed to create alias because an alias with the same name and a different routing configuration already exists.";
    for (const other of [create("PROD", [[1, 100]], { description: "e" }), create("PROD", [[2, 100]])]) {
      await expect(other).rejects.toBeInstanceOf(sfn.ConflictException);
      await expect(other).rejects.toThrow(message);
    }
  });

  it.each([
    {
      what: "the machine instead of a version",
      routes: () => [[arn, 100]] as Routes,
      message: () => `Routing configuration must contain state machine version ARNs. Received: [${arn}]`,
    },
    {
      what: "a version twice",
      routes: () =>
        [
          [1, 50],
          [1, 50],
        ] as Routes,
      message: () =>
        `Routing configuration must contain distinct state machine version ARNs. Received: [${arn}:1, ${arn}:1]`,
    },
    {
      what: "weights that are not 100 together",
      routes: () =>
        [
          [1, 70],
          [2, 31],
        ] as Routes,
      message: () => "Sum of routing configuration weights must equal 100. Received: [70, 31]",
    },
  ])("are not routed to $what", async ({ routes, message }) => {
    const refused = create("PROD", routes());
    await expect(refused).rejects.toBeInstanceOf(sfn.ValidationException);
    await expect(refused).rejects.toMatchObject({
      message: message(),
      reason: "INVALID_ROUTING_CONFIGURATION",
    });
  });

  it("are not routed to versions that are not there, nor to those of two machines", async () => {
    await expect(create("PROD", [[9, 100]])).rejects.toBeInstanceOf(sfn.ResourceNotFound);
    const other = await served.create(giving(0), { name: "other", publish: true });
    const mixed = create("PROD", [
      [1, 50],
      [`${other}:1`, 50],
    ]);
    await expect(mixed).rejects.toMatchObject({ reason: "INVALID_ROUTING_CONFIGURATION" });
  });

  it.each([
    {
      what: "a number as name",
      name: "123",
      routes: [[1, 100]] as Routes,
      message:
        "Value '123' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\\\-\\\\.])[a-zA-Z0-9_\\\\-\\\\.]+$",
    },
    {
      what: "a weight beyond 100",
      name: "PROD",
      routes: [[1, 101]] as Routes,
      message:
        "Value '101' at 'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value less than or equal to 100",
    },
    {
      what: "three versions",
      name: "PROD",
      routes: [
        [1, 50],
        [2, 30],
        [3, 20],
      ] as Routes,
      message:
        "at 'routingConfiguration' failed to satisfy constraint: Member must have length less than or equal to 2",
    },
  ])("are refused $what, in AWS's words", async ({ name, routes, message }) => {
    const refused = create(name, routes);
    await expect(refused).rejects.toBeInstanceOf(sfn.ValidationException);
    await expect(refused).rejects.toThrow(message);
  });

  it("keep their versions from being deleted", async () => {
    await create("PROD", [[1, 100]]);
    const remove = () =>
      served.client.send(new sfn.DeleteStateMachineVersionCommand({ stateMachineVersionArn: `${arn}:1` }));
    const refused = remove();
    await expect(refused).rejects.toBeInstanceOf(sfn.ConflictException);
    await expect(refused).rejects.toThrow(
      "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [PROD]",
    );
    await updateAlias("PROD", { routingConfiguration: routing([2, 100]) });
    await remove();
  });

  it("are updated in part, but not in nothing", async () => {
    await create("PROD", [[1, 100]], { description: "old" });
    await updateAlias("PROD", { description: "new" });
    expect(await describeAlias("PROD")).toMatchObject({
      description: "new",
      routingConfiguration: routing([1, 100]),
    });
    await expect(updateAlias("PROD", {})).rejects.toMatchObject({
      name: "ValidationException",
      reason: "MISSING_REQUIRED_PARAMETER",
    });
  });

  it("are a hundred at most, listed page by page", async () => {
    const names = Array.from({ length: 100 }, (_, index) => `alias-${index}`);
    for (const name of names) await create(name, [[1, 100]]);
    await expect(create("one-more", [[1, 100]])).rejects.toMatchObject({
      name: "ServiceQuotaExceededException",
      $metadata: { httpStatusCode: 402 },
    });
    const first = await served.client.send(
      new sfn.ListStateMachineAliasesCommand({ stateMachineArn: arn, maxResults: 60 }),
    );
    const second = await served.client.send(
      new sfn.ListStateMachineAliasesCommand({ stateMachineArn: arn, maxResults: 60, nextToken: first.nextToken }),
    );
    const listed = [...first.stateMachineAliases!, ...second.stateMachineAliases!];
    expect(listed.map(({ stateMachineAliasArn }) => stateMachineAliasArn)).toEqual(
      names.map((name) => `${arn}:${name}`),
    );
    expect(second.nextToken).toBeUndefined();
  });

  it("go with their machine", async () => {
    await create("PROD", [[1, 100]]);
    await served.client.send(new sfn.DeleteStateMachineCommand({ stateMachineArn: arn }));
    await expect(served.start(`${arn}:PROD`)).rejects.toBeInstanceOf(sfn.StateMachineDoesNotExist);
  });
});
