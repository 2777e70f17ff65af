import * as sfn from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { variableReferences } from "../../shared/sfn/machines/variable-references.ts";
import { serveEachTest } from "./served.ts";

const served = serveEachTest();
const roleArn = "arn:aws:iam::000000000000:role/any";

const using = {
  QueryLanguage: "JSONata",
  StartAt: "A",
  States: {
    A: { Type: "Pass", Assign: { x: 1, odd: 2 }, Next: "B" },
    B: { Type: "Pass", Output: "{% $x + $sum([$x, 2]) %}", End: true },
  },
};

describe("DescribeStateMachine", () => {
  it("gives the variables that each state refers to", async () => {
    const stateMachineArn = await served.create(using);
    const described = await served.client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect(described.variableReferences).toEqual({ B: ["x"] });
    const executionArn = await served.start(stateMachineArn);
    const ofExecution = await served.client.send(new sfn.DescribeStateMachineForExecutionCommand({ executionArn }));
    expect(ofExecution.variableReferences).toEqual({ B: ["x"] });
  });

  it("has none where no state refers to any", async () => {
    const stateMachineArn = await served.create({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });
    const described = await served.client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn }));
    expect(described).not.toHaveProperty("variableReferences");
  });

  it("leaves the definition out where metadata alone is asked for", async () => {
    const stateMachineArn = await served.create(using);
    const includedData = "METADATA_ONLY";
    const described = await served.client.send(new sfn.DescribeStateMachineCommand({ stateMachineArn, includedData }));
    expect(described).toMatchObject({ definition: "{}", name: "m", roleArn });
    expect(described).not.toHaveProperty("variableReferences");
    const executionArn = await served.start(stateMachineArn);
    const ofExecution = await served.client.send(
      new sfn.DescribeStateMachineForExecutionCommand({ executionArn, includedData }),
    );
    expect(ofExecution.definition).toBe("{}");
  });
});

describe("the role of a machine", () => {
  it.each([
    "x",
    "arn:aws:iam::12:role/r",
    "arn:aws:iam::000000000000:user/r",
    "arn:aws:iam::000000000000:role/",
    "arn:aws:s3:::b",
  ])("is not %s", async (bad) => {
    const refused = { name: "InvalidArn", message: `Invalid Role Arn: '${bad}'` };
    await expect(served.create(using, { roleArn: bad })).rejects.toMatchObject(refused);
    const stateMachineArn = await served.create(using);
    await expect(
      served.client.send(new sfn.UpdateStateMachineCommand({ stateMachineArn, roleArn: bad })),
    ).rejects.toMatchObject(refused);
  });

  it.each(["arn:aws-cn:iam::000000000000:role/r", "arn:aws:iam::012345678901:role/service-role/My_Role+=,.@-1"])(
    "may be %s",
    async (good) => {
      await served.create(using, { roleArn: good });
    },
  );
});

describe("variables that states refer to", () => {
  it("are found in both languages, in nested machines, in rules and catchers, and nowhere else", () => {
    const definition = {
      StartAt: "A",
      States: {
        A: { Type: "Pass", Assign: { a: 1, "b.$": "$.b", "c.$": "$a" }, Next: "C" },
        C: {
          Type: "Choice",
          Comment: "$b",
          Choices: [
            { Variable: "$b", NumericEqualsPath: "$c.n", Assign: { "d.$": "States.Format('{}', $c)" }, Next: "M" },
          ],
          Default: "M",
        },
        M: {
          Type: "Map",
          ItemsPath: "$a",
          MaxConcurrencyPath: "$$.Execution.Input.a",
          Catch: [{ ErrorEquals: ["States.ALL"], Assign: { "a.$": "$d" }, Next: "J" }],
          ItemProcessor: {
            StartAt: "I",
            States: { I: { Type: "Pass", Parameters: { "v.$": "$b", w: "$c" }, End: true } },
          },
          Next: "J",
        },
        J: {
          Type: "Pass",
          QueryLanguage: "JSONata",
          Output: { a: "{% ($e := 1; $d & $states.input.b & $unknown & $a($b)) %}", b: "$c" },
          End: true,
        },
      },
    };
    expect(variableReferences(JSON.stringify(definition))).toEqual({
      A: ["a"],
      C: ["b", "c"],
      M: ["a", "d"],
      I: ["b"],
      J: ["d", "b"],
    });
  });
});
