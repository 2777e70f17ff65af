import { describe, expect, it } from "vitest";
import { arnOf, checkName, readArn } from "../../shared/sfn/api/arns.ts";

const place = { region: "eu-west-1", account: "123456789012" };

describe("ARNs", () => {
  it("are read back as they were made", () => {
    const arn = arnOf(place, "execution", "machine", "name");
    expect(arn).toBe("arn:aws:states:eu-west-1:123456789012:execution:machine:name");
    expect(readArn(arn, "execution")).toEqual({ kind: "execution", names: ["machine", "name"] });
  });

  it.each([
    ["text that is no ARN", "nonsense", "Invalid Arn: 'Invalid ARN prefix: nonsense'"],
    ["an ARN of another service", "arn:aws:sqs:eu-west-1:123456789012:queue", undefined],
    [
      "another kind of thing",
      arnOf(place, "activity", "a"),
      "Invalid Arn: 'Resource type not valid in this context: activity'",
    ],
  ])("refuse %s", (_, arn, message) => {
    const refusal = expect.objectContaining({ code: "InvalidArn", ...(message === undefined ? {} : { message }) });
    expect(() => readArn(arn, "stateMachine")).toThrow(refusal);
  });
});

describe("names", () => {
  it.each(["a", "With-dash_and.dot", "n".repeat(80), "été", "a\u{1f600}"])("%s is one", (name) => {
    expect(() => checkName(name)).not.toThrow();
  });

  it.each(["", "a b", "a:b", "a/b", "a*", "<a>", "a#", "n".repeat(81), "a\u0001", "a\ud800", "\udc00a", "a\uffff"])(
    "%j is none",
    (name) => {
      expect(() => checkName(name)).toThrow(expect.objectContaining({ code: "InvalidName" }));
    },
  );
});
