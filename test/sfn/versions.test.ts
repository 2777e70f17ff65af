import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { giving, serveEachTest } from "./served.ts";

const served = serveEachTest();
const publish = (input: sfn.PublishStateMachineVersionCommandInput) =>
  served.client.send(new sfn.PublishStateMachineVersionCommand(input));

const update = (stateMachineArn: string, definition: object, more: object = {}) =>
  served.client.send(
    new sfn.UpdateStateMachineCommand({ stateMachineArn, definition: JSON.stringify(definition), ...more }),
  );

async function versionsOf(stateMachineArn: string) {
  const listed = await served.client.send(new sfn.ListStateMachineVersionsCommand({ stateMachineArn }));
  return listed.stateMachineVersions!.map(({ stateMachineVersionArn }) => stateMachineVersionArn!.split(":").at(-1));
}

describe("versions of a state machine", () => {
  it("stay as they were when it was published, and run by their ARN", async () => {
    const arn = await served.create(giving("one"), { publish: true });
    await update(arn, giving("two"), { publish: true });
    await update(arn, giving("three"));
    expect(await versionsOf(arn)).toEqual(["2", "1"]);
    await served.restart();
    const old = await served.ended(await served.start(`${arn}:1`));
    expect(old).toMatchObject({ output: '"one"', stateMachineArn: arn, stateMachineVersionArn: `${arn}:1` });
    expect(old.stateMachineAliasArn).toBeUndefined();
    const current = await served.ended(await served.start(arn));
    expect(current.output).toBe('"three"');
    expect(current.stateMachineVersionArn).toBeUndefined();
  });

  it("are described with their description, the first revision without an id", async () => {
    const stateMachineArn = await served.create(giving(1), { publish: true, versionDescription: "first" });
    const describe = (arn: string) => served.client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn: arn }));
    const first = await describe(`${stateMachineArn}:1`);
    expect(first).toMatchObject({ stateMachineArn: `${stateMachineArn}:1`, description: "first" });
    expect(first.revisionId).toBeUndefined();
    const { revisionId } = await update(stateMachineArn, giving(2));
    expect(revisionId).toMatch(/^[\da-f-]{36}$/);
    await publish({ stateMachineArn, revisionId, description: "second" });
    expect(await describe(`${stateMachineArn}:2`)).toMatchObject({ revisionId, description: "second" });
    expect((await describe(`${stateMachineArn}:1`)).revisionId).toBeUndefined();
  });

  it("are published once for a revision", async () => {
    const stateMachineArn = await served.create(giving(1));
    const { stateMachineVersionArn } = await publish({ stateMachineArn });
    expect((await publish({ stateMachineArn, revisionId: "INITIAL" })).stateMachineVersionArn).toBe(
      stateMachineVersionArn,
    );
    const again = await served.client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn, publish: true }));
    expect(again.stateMachineVersionArn).toBe(stateMachineVersionArn);
    expect(again.revisionId).toBeUndefined();
    expect(await versionsOf(stateMachineArn)).toEqual(["1"]);
  });

  it("are not published of another revision than the client knows", async () => {
    const stateMachineArn = await served.create(giving(1));
    const { revisionId } = await update(stateMachineArn, giving(2));
    const refused = publish({ stateMachineArn, revisionId: "INITIAL" });
    await expect(refused).rejects.toBeInstanceOf(sfn.ConflictException);
    await expect(refused).rejects.toThrow(
      `Failed to publish the State Machine version for revision INITIAL. The current State Machine revision is ${revisionId}.`,
    );
    await expect(refused).rejects.toMatchObject({ $metadata: { httpStatusCode: 409 } });
  });

  it("are deleted, and their numbers not used again", async () => {
    const arn = await served.create(giving(1), { publish: true });
    const remove = () =>
      served.client.send(new sfn.DeleteStateMachineVersionCommand({ stateMachineVersionArn: `${arn}:1` }));
    await remove();
    await remove();
    await expect(served.start(`${arn}:1`)).rejects.toBeInstanceOf(sfn.StateMachineDoesNotExist);
    expect((await publish({ stateMachineArn: arn })).stateMachineVersionArn).toBe(`${arn}:2`);
  });

  it("tell which of them an execution is of", async () => {
    const arn = await served.create(giving(1), { publish: true });
    const executionArn = await served.start(`${arn}:1`, { name: "of-version" });
    await served.start(arn, { name: "of-machine" });
    const { executions } = await served.client.send(new sfn.ListExecutionsCommand({ stateMachineArn: `${arn}:1` }));
    expect(executions!.map(({ name }) => name)).toEqual(["of-version"]);
    const machine = await served.client.send(new sfn.DescribeStateMachineForExecutionCommand({ executionArn }));
    expect(machine.stateMachineArn).toBe(arn);
  });
});
